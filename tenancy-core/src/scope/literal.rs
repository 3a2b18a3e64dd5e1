//! Literals, and the fields of dates: whatever could be read in two ways is refused.

use sqlparser::ast::{DateTimeField, Value, ValueWithSpan};

use super::{Dialect, refusal::Refusal, walker::Walker};

impl Walker<'_> {
    /// Checks a literal or placeholder; whatever two parsers could read in two ways is refused.
    pub(super) fn value(&self, literal: &mut ValueWithSpan) -> Result<(), Refusal> {
        let ValueWithSpan { value, span: _ } = literal;
        let refused = |kind| Err(Refusal::Literal { kind });
        match value {
            Value::Number(digits, long) => {
                let plain = |b: u8| b.is_ascii_hexdigit() || b".+-xXoO_".contains(&b);
                if *long || !digits.bytes().all(plain) {
                    return refused("this form of number");
                }
                Ok(())
            }
            Value::SingleQuotedString(_) | Value::Boolean(_) | Value::Null => Ok(()),
            // `:name` and `@name` are made by the parser and were not counted among the tokens.
            Value::Placeholder(placeholder) => {
                let digits = placeholder.strip_prefix(['$', '?']).unwrap_or_default();
                let counted = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                if counted { Ok(()) } else { Err(Refusal::PlaceholderForm) }
            }
            Value::EscapedStringLiteral(_) if self.rules.dialect == Dialect::Postgres => Ok(()),
            Value::EscapedStringLiteral(_) => refused("a string with escapes"),
            Value::DollarQuotedString(text) => {
                let plain = text.value.replace('\'', "''");
                *value = Value::SingleQuotedString(plain);
                Ok(())
            }
            Value::HexStringLiteral(digits) => {
                if digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Ok(());
                }
                refused("a hexadecimal literal with other characters")
            }
            Value::UnicodeStringLiteral(_) => refused("a string with Unicode escapes"),
            Value::NationalStringLiteral(_) | Value::NationalQuoteDelimitedStringLiteral(_) => {
                refused("a national string")
            }
            Value::DoubleQuotedString(_) => refused("a string in double quotes"),
            Value::TripleSingleQuotedString(_)
            | Value::TripleDoubleQuotedString(_)
            | Value::QuoteDelimitedStringLiteral(_) => refused("a string in other quotes"),
            Value::SingleQuotedByteStringLiteral(_)
            | Value::DoubleQuotedByteStringLiteral(_)
            | Value::TripleSingleQuotedByteStringLiteral(_)
            | Value::TripleDoubleQuotedByteStringLiteral(_) => refused("a string of bytes or bits"),
            Value::SingleQuotedRawStringLiteral(_)
            | Value::DoubleQuotedRawStringLiteral(_)
            | Value::TripleSingleQuotedRawStringLiteral(_)
            | Value::TripleDoubleQuotedRawStringLiteral(_) => refused("a raw string"),
        }
    }
}

pub(super) fn date_time_field(field: &DateTimeField) -> Result<(), Refusal> {
    match field {
        DateTimeField::Custom(name) | DateTimeField::Week(Some(name)) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.value.chars().all(plain) {
                return Ok(());
            }
            Err(Refusal::UnsafeName { name: name.value.clone() })
        }
        DateTimeField::NoDateTime => Err(Refusal::Clause { clause: "a field without a name" }),
        DateTimeField::Week(None)
        | DateTimeField::Year
        | DateTimeField::Years
        | DateTimeField::Month
        | DateTimeField::Months
        | DateTimeField::Weeks
        | DateTimeField::Day
        | DateTimeField::DayOfWeek
        | DateTimeField::DayOfYear
        | DateTimeField::Days
        | DateTimeField::Date
        | DateTimeField::Datetime
        | DateTimeField::Hour
        | DateTimeField::Hours
        | DateTimeField::Minute
        | DateTimeField::Minutes
        | DateTimeField::Second
        | DateTimeField::Seconds
        | DateTimeField::Century
        | DateTimeField::Decade
        | DateTimeField::Dow
        | DateTimeField::Doy
        | DateTimeField::Epoch
        | DateTimeField::Isodow
        | DateTimeField::Isoyear
        | DateTimeField::IsoWeek
        | DateTimeField::Julian
        | DateTimeField::Microsecond
        | DateTimeField::Microseconds
        | DateTimeField::Millenium
        | DateTimeField::Millennium
        | DateTimeField::Millisecond
        | DateTimeField::Milliseconds
        | DateTimeField::Nanosecond
        | DateTimeField::Nanoseconds
        | DateTimeField::Quarter
        | DateTimeField::Time
        | DateTimeField::Timezone
        | DateTimeField::TimezoneAbbr
        | DateTimeField::TimezoneHour
        | DateTimeField::TimezoneMinute
        | DateTimeField::TimezoneRegion => Ok(()),
    }
}
