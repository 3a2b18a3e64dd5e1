//! A value that was measured, as the measuring programs print it.

use serde_json::Value as Json;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    pub(super) row: String,
    /// Who did the work.
    pub(super) side: String,
    pub(super) case: String,
    pub(super) tenants: u64,
    pub(super) measure: String,
    pub(super) value: f64,
}

impl Value {
    /// The line that is read again.
    pub(super) fn line(&self) -> String {
        let Self { row, side, case, tenants, measure, value } = self;
        let json = serde_json::json!({
            "row": row, "side": side, "case": case, "tenants": tenants,
            "measure": measure, "value": value,
        });
        json.to_string()
    }

    /// Reads a line, if it is one of a value.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(line).ok()?;
        let text = |key: &str| json[key].as_str().map(str::to_owned);
        Some(Self {
            row: text("row")?,
            side: text("side")?,
            case: text("case")?,
            tenants: json["tenants"].as_u64()?,
            measure: text("measure")?,
            value: json["value"].as_f64()?,
        })
    }
}

/// A number with three digits that count.
pub(super) fn shown(value: f64) -> String {
    let digits = match value.abs() {
        at_least if at_least >= 100.0 => 0,
        at_least if at_least >= 10.0 => 1,
        at_least if at_least >= 1.0 || at_least == 0.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    let short = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    grouped(short)
}

/// With a comma between thousands.
fn grouped(text: &str) -> String {
    let (whole, rest) = text.split_once('.').map_or((text, None), |(a, b)| (a, Some(b)));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    rest.map_or(grouped.clone(), |rest| format!("{grouped}.{rest}"))
}

#[cfg(test)]
mod tests {
    use super::{Value, shown};

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (0.01234, "0.012"),
            (1.0, "1"),
            (1.05, "1.05"),
            (12.34, "12.3"),
            (123.4, "123"),
            (100.0, "100"),
            (1_234_567.0, "1,234,567"),
        ];
        for (value, text) in cases {
            assert_eq!(shown(value), text);
        }
    }

    #[test]
    fn what_is_no_value_is_left_out() {
        let line = r#"{"row":"counts","side":"a","case":"b","tenants":1,"measure":"c","value":2}"#;
        let value = Value::parse(line).unwrap();
        assert_eq!(value.value, 2.0);
        assert_eq!(Value::parse(&value.line()), Some(value));
        assert_eq!(Value::parse("warning: nothing"), None);
        assert_eq!(Value::parse("{}"), None);
    }
}
