//! A plot over the number of tenants, as SVG with a ground of its own, for light and for dark pages.

use std::fmt::Write;

use super::value::shown;

/// What is drawn: its name, and how it goes.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 48.0;

/// Told apart with any kind of sight.
const COLOURS: [&str; 6] = ["#0072b2", "#56b4e9", "#d55e00", "#e69f00", "#009e73", "#cc79a7"];

const STYLE: &str = "text { font: 13px system-ui, sans-serif; fill: #24292f } \
    .title { font-weight: 600 } .grid { stroke: #d8dee4 } .end { text-anchor: end } \
    .middle { text-anchor: middle } polyline { fill: none; stroke-width: 2 }";

/// Where values lie between the ends of an axis.
#[derive(Debug)]
struct Axis {
    least: f64,
    most: f64,
    is_logarithmic: bool,
}

impl Axis {
    /// From a power of ten to a power of ten, or from nothing.
    fn of(values: impl Iterator<Item = f64> + Clone, is_logarithmic: bool) -> Self {
        let most = values.clone().fold(f64::MIN_POSITIVE, f64::max);
        if !is_logarithmic {
            return Self { least: 0.0, most: most * 1.1, is_logarithmic };
        }
        let least = values.filter(|value| *value > 0.0).fold(most, f64::min);
        let (least, most) = (least.log10().floor(), most.log10().ceil());
        Self { least, most: most.max(least + 1.0), is_logarithmic }
    }

    /// Between 0 and 1.
    fn place(&self, value: f64) -> f64 {
        let value = if self.is_logarithmic { value.max(1e-12).log10() } else { value };
        ((value - self.least) / (self.most - self.least)).clamp(0.0, 1.0)
    }

    fn ticks(&self) -> Vec<f64> {
        if self.is_logarithmic {
            let powers = self.least as i32..=self.most as i32;
            return powers.map(|power| 10_f64.powi(power)).collect();
        }
        let rough = self.most / 5.0;
        let unit = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * unit);
        let step = step.into_iter().find(|step| *step >= rough).unwrap_or(unit);
        (0..=(self.most / step) as u32).map(|at| f64::from(at) * step).collect()
    }
}

pub(super) fn draw(title: &str, is_logarithmic: bool, lines: &[Line]) -> String {
    let points = lines.iter().flat_map(|line| line.points.iter().copied());
    let across = Axis::of(points.clone().map(|(x, _)| x), true);
    let up = Axis::of(points.map(|(_, y)| y), is_logarithmic);
    let x = |value: f64| LEFT + across.place(value) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - up.place(value) * (HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">
<title>{title}</title>
<style>{STYLE}</style>
<rect x="1" y="1" width="{}" height="{}" rx="10" fill="#ffffff" stroke="#8c959f"/>
<text class="title" x="{LEFT}" y="24">{title}</text>
"##,
        WIDTH - 2.0,
        HEIGHT - 2.0
    );
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for tick in up.ticks() {
        let (at, text) = (y(tick), shown(tick));
        let (end, base) = (LEFT - 8.0, at + 4.0);
        writeln!(svg, r#"<line class="grid" x1="{LEFT}" x2="{right}" y1="{at:.1}" y2="{at:.1}"/>"#)
            .ok();
        writeln!(svg, r#"<text class="end" x="{end}" y="{base:.1}">{text}</text>"#).ok();
    }
    for tick in across.ticks() {
        let (at, text, base) = (x(tick), shown(tick), bottom + 18.0);
        writeln!(svg, r#"<line class="grid" x1="{at:.1}" x2="{at:.1}" y1="{TOP}" y2="{bottom}"/>"#)
            .ok();
        writeln!(svg, r#"<text class="middle" x="{at:.1}" y="{base}">{text}</text>"#).ok();
    }
    let (middle, base) = (f64::midpoint(LEFT, right), HEIGHT - 10.0);
    writeln!(svg, r#"<text class="middle" x="{middle}" y="{base}">tenants</text>"#).ok();
    for (at, line) in lines.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let places: Vec<(f64, f64)> = line.points.iter().map(|(a, b)| (x(*a), y(*b))).collect();
        let joined: Vec<String> = places.iter().map(|(a, b)| format!("{a:.1},{b:.1}")).collect();
        let joined = joined.join(" ");
        writeln!(svg, r#"<polyline stroke="{colour}" points="{joined}"/>"#).ok();
        for (a, b) in places {
            writeln!(svg, r#"<circle fill="{colour}" cx="{a:.1}" cy="{b:.1}" r="3.5"/>"#).ok();
        }
        let (box_at, text_at, name) = (right + 16.0, right + 34.0, &line.name);
        let row = TOP + 22.0 * at as f64;
        let base = row + 11.0;
        writeln!(svg, r#"<rect fill="{colour}" x="{box_at}" y="{row}" width="12" height="12"/>"#)
            .ok();
        writeln!(svg, r#"<text x="{text_at}" y="{base}">{name}</text>"#).ok();
    }
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::{Axis, Line, draw};

    #[test]
    fn axes_end_at_round_numbers() {
        let axis = Axis::of([3.0, 800.0].into_iter(), true);
        assert_eq!(axis.ticks(), [1.0, 10.0, 100.0, 1_000.0]);
        let axis = Axis::of([3.0, 8.0].into_iter(), false);
        assert_eq!(axis.ticks(), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert!((axis.place(4.4) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn points_lie_within_the_picture() {
        let line = Line { name: "a".to_owned(), points: vec![(1.0, 0.0), (10.0, 5.0)] };
        let picture = draw("A", false, &[line]);
        assert!(picture.contains(r#"points="76.0,292.0 530.0,"#), "{picture}");
    }
}
