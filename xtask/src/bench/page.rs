//! The page of the book: a section for each row, with tables and plots.

use std::fmt::Write;

use super::{
    machine::Machine,
    picture,
    row::{Plot, Row},
    value::{Value, shown},
};

/// What a run has seen.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) machine: Machine,
    /// How many processes wanted to run when a row began, at most.
    pub(super) load: Option<f64>,
    pub(super) server: String,
    pub(super) is_quick: bool,
    pub(super) peers: String,
    pub(super) values: Vec<Value>,
}

/// How many cores at work before a row say that others are.
const BUSY: f64 = 0.5;

/// The order of the columns.
const SIDES: [&str; 6] = [
    "schema-per-tenant",
    "schema by hand",
    "shared-schema",
    "filter by hand",
    "django-tenants",
    "django-multitenant",
];

pub(super) fn text(run: &Run) -> String {
    let Run { machine, load, server, is_quick, peers, values } = run;
    let was_busy = load.is_some_and(|load| load > BUSY);
    let mut text = String::from(
        "# Benchmarks\n\nWritten by `cargo xtask bench`, each row with all its sides in one run on a private server. \
         Run it again to see what your machine says; `--quick` takes minutes, `--only` a row, \
         `--tenants` another number of tenants. Nothing waits for the disk, since all sides would \
         wait alike, and tables are analysed when they have been filled, so that no autovacuum works \
         for one side while another one is measured. No Rust library that we know of does the same work, so what is written \
         by hand with SeaORM stands for Rust. [How fast, and why](concepts/speed.md) says what the \
         numbers are made of.\n\n",
    );
    if *is_quick || was_busy {
        let quick = "it was a quick one, with few tenants and short measurements";
        let busy = "other work ran on the machine at the same time";
        let reasons: Vec<&str> =
            [is_quick.then_some(quick), was_busy.then_some(busy)].into_iter().flatten().collect();
        writeln!(
            text,
            "**The times of this run are no basis for a decision: {}.** The counts are exact.\n",
            reasons.join(", and ")
        )
        .ok();
    }
    let memory = machine.memory_gb.map_or_else(String::new, |gb| format!(", {gb} GB of memory"));
    let load =
        load.map_or_else(String::new, |load| format!(", of which others used at most {load:.1}"));
    for (what, is) in [
        ("Date", machine.date.clone()),
        ("Machine", format!("{} cores{load}{memory}", machine.cores)),
        ("Server", format!("{server}, shared_buffers 1 GB, fsync and autovacuum off")),
        ("Rust", machine.rust.clone()),
        ("Peers", peers.clone()),
    ] {
        writeln!(text, "- {what}: {is}").ok();
    }
    for row in Row::ALL {
        text += &section(row, values);
    }
    text
}

/// What a row says, or nothing when it was not measured.
pub(super) fn section(row: Row, values: &[Value]) -> String {
    let values: Vec<&Value> = values.iter().filter(|value| value.row == row.name()).collect();
    if values.is_empty() {
        return String::new();
    }
    let mut text = format!("\n## {}\n\n{}\n", row.title(), row.text());
    for plot in row.plots() {
        if plotted(plot, &values).is_empty() {
            continue;
        }
        let Plot { title, name, .. } = plot;
        write!(text, "\n![{title}, over the number of tenants](pictures/{name})\n").ok();
    }
    for measure in row.measures() {
        text += &table(measure, &values);
    }
    text
}

/// A line for each case and number of tenants, a column for each side.
fn table(measure: &str, values: &[&Value]) -> String {
    let values: Vec<&Value> =
        values.iter().copied().filter(|value| value.measure == measure).collect();
    let is_there = |side: &&&str| values.iter().any(|value| value.side == ***side);
    let sides: Vec<&str> = SIDES.iter().filter(is_there).copied().collect();
    if sides.is_empty() {
        return String::new();
    }
    let mut lines: Vec<(&str, u64)> = Vec::new();
    for value in &values {
        if !lines.contains(&(&value.case, value.tenants)) {
            lines.push((&value.case, value.tenants));
        }
    }
    let cases: Vec<&str> = lines.iter().map(|(case, _)| *case).collect();
    lines.sort_by_key(|(case, tenants)| (cases.iter().position(|is| is == case), *tenants));
    let mut text = format!("\n| {measure} | tenants |");
    for side in &sides {
        write!(text, " {side} |").ok();
    }
    write!(text, "\n|---|---:|{}\n", "---:|".repeat(sides.len())).ok();
    for (case, tenants) in lines {
        write!(text, "| {case} | {} |", shown(tenants as f64)).ok();
        for side in &sides {
            let found = values.iter().find(|value| {
                value.case == case && value.tenants == tenants && value.side == *side
            });
            write!(text, " {} |", found.map_or("–".to_owned(), |found| shown(found.value))).ok();
        }
        text.push('\n');
    }
    text
}

/// The plots that there are values for, by the names of their files.
pub(super) fn pictures(values: &[Value]) -> Vec<(&'static str, String)> {
    let mut pictures = Vec::new();
    for row in Row::ALL {
        let values: Vec<&Value> = values.iter().filter(|value| value.row == row.name()).collect();
        for plot in row.plots() {
            let lines = plotted(plot, &values);
            if !lines.is_empty() {
                let picture = picture::draw(plot.title, plot.is_logarithmic, &lines);
                pictures.push((plot.name, picture));
            }
        }
    }
    pictures
}

/// The lines of a plot: each side, or each case where there are several.
fn plotted(plot: &Plot, values: &[&Value]) -> Vec<picture::Line> {
    let mut lines = Vec::new();
    for case in plot.cases {
        for side in SIDES {
            let of_line = values.iter().filter(|value| {
                value.measure == plot.measure && value.case == *case && value.side == side
            });
            let mut points: Vec<(f64, f64)> =
                of_line.map(|value| (value.tenants as f64, value.value)).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            if !points.is_empty() {
                let name = if plot.cases.len() > 1 { case } else { side };
                lines.push(picture::Line { name: name.to_owned(), points });
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{pictures, section};
    use crate::bench::{row::Row, value::Value};

    fn value(side: &str, tenants: u64, value: f64) -> Value {
        Value {
            row: "requests".to_owned(),
            side: side.to_owned(),
            case: "tenant known".to_owned(),
            tenants,
            measure: "median µs".to_owned(),
            value,
        }
    }

    #[test]
    fn a_table_has_a_line_for_each_number_of_tenants() {
        let values = [
            value("django-tenants", 100, 2_000.0),
            value("shared-schema", 100, 101.0),
            value("shared-schema", 1, 99.5),
        ];
        let text = section(Row::Requests, &values);
        let table = "\n| median µs | tenants | shared-schema | django-tenants |\n|---|---:|---:|---:|\n\
                     | tenant known | 1 | 99.5 | – |\n| tenant known | 100 | 101 | 2,000 |\n";
        assert!(text.ends_with(table), "{text}");
        let [(name, picture)] = &pictures(&values)[..] else { panic!("one plot") };
        assert!(text.contains(&format!("](pictures/{name})")), "{text}");
        assert_eq!(picture.matches("<polyline").count(), 2, "{picture}");
        assert_eq!(section(Row::Memory, &values), "");
    }
}
