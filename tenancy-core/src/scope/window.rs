//! Windows of window functions.

use sqlparser::ast::{WindowFrame, WindowFrameBound, WindowSpec, WindowType};

use super::{refusal::Refusal, walker::Walker};

impl Walker<'_> {
    pub(super) fn over(&mut self, over: &mut WindowType) -> Result<(), Refusal> {
        match over {
            WindowType::WindowSpec(spec) => self.window(spec),
            WindowType::NamedWindow(name) => self.name(name),
        }
    }

    pub(super) fn window(&mut self, window: &mut WindowSpec) -> Result<(), Refusal> {
        let WindowSpec { window_name, partition_by, order_by, window_frame } = window;
        if let Some(name) = window_name {
            self.name(name)?;
        }
        self.expressions(partition_by)?;
        self.order_items(order_by, false)?;
        let Some(WindowFrame { units: _, start_bound, end_bound }) = window_frame else {
            return Ok(());
        };
        for bound in [Some(start_bound), end_bound.as_mut()].into_iter().flatten() {
            match bound {
                WindowFrameBound::CurrentRow => {}
                WindowFrameBound::Preceding(distance) | WindowFrameBound::Following(distance) => {
                    self.optional(distance.as_deref_mut())?;
                }
            }
        }
        Ok(())
    }
}
