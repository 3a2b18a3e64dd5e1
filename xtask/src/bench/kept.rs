//! The rows that a run has measured, in a file of the target folder, so that a run that was cut off can
//! be taken up.

use std::{fs, io::ErrorKind, path::PathBuf};

use super::{row::Row, value::Value};
use crate::{cargo, failure::Failure};

/// Where a value says how busy the machine was when its row began.
const LOAD: &str = "load";

#[derive(Debug)]
pub(super) struct Kept {
    file: PathBuf,
    values: Vec<Value>,
}

impl Kept {
    /// What there is of a run. Quick runs are kept apart.
    pub(super) fn open(is_quick: bool) -> Self {
        let name = if is_quick { "bench-quick.jsonl" } else { "bench.jsonl" };
        Self::of(cargo::target().join(name))
    }

    fn of(file: PathBuf) -> Self {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let values = text.lines().filter_map(Value::parse).collect();
        Self { file, values }
    }

    pub(super) fn forget(&mut self) -> Result<(), Failure> {
        self.values.clear();
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Failure::setup("forget the last run's values", error))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn has(&self, row: Row) -> bool {
        self.values.iter().any(|value| value.row == row.name())
    }

    /// Keeps what was measured of a row in the place of what there was.
    pub(super) fn keep(
        &mut self,
        row: Row,
        load: Option<f64>,
        values: Vec<Value>,
    ) -> Result<(), Failure> {
        self.values.retain(|value| value.row != row.name());
        self.values.extend(values);
        self.values.extend(load.map(|load| Value {
            row: row.name().to_owned(),
            side: String::new(),
            case: String::new(),
            tenants: 0,
            measure: LOAD.to_owned(),
            value: load,
        }));
        let lines: Vec<String> = self.values.iter().map(Value::line).collect();
        let new = self.file.with_extension("new");
        fs::write(&new, lines.join("\n"))
            .and_then(|()| fs::rename(&new, &self.file))
            .map_err(|error| Failure::setup("keep what was measured", error))
    }

    /// How busy the machine was, at most, when a row began.
    pub(super) fn load(&self) -> Option<f64> {
        let loads = self.values.iter().filter(|value| value.measure == LOAD);
        loads.map(|value| value.value).reduce(f64::max)
    }

    pub(super) fn into_values(self) -> Vec<Value> {
        self.values.into_iter().filter(|value| value.measure != LOAD).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, Value};
    use crate::bench::row::Row;

    fn value(row: &str, value: f64) -> Value {
        let text = |text: &str| text.to_owned();
        Value {
            row: text(row),
            side: text("shared-schema"),
            case: text("lookup"),
            tenants: 1,
            measure: text("ms"),
            value,
        }
    }

    #[test]
    fn a_row_that_is_measured_again_takes_the_place_of_the_former() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.jsonl");
        let mut kept = Kept::of(file.clone());
        assert!(!kept.has(Row::Memory));
        kept.keep(Row::Memory, Some(0.2), vec![value("memory", 1.0)]).unwrap();
        kept.keep(Row::Registry, Some(1.5), vec![value("registry", 2.0)]).unwrap();
        kept.keep(Row::Memory, Some(0.1), vec![value("memory", 3.0)]).unwrap();
        let mut kept = Kept::of(file.clone());
        assert!(kept.has(Row::Memory) && kept.has(Row::Registry));
        assert_eq!(kept.load(), Some(1.5));
        kept.forget().unwrap();
        assert!(!kept.has(Row::Memory) && Kept::of(file).into_values().is_empty());
    }
}
