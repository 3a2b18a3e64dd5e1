//! Amounts of money: whole cents, never fractions of them.

/// The highest price, in cents.
pub(crate) const HIGHEST_PRICE: i64 = 1_000_000_000;

/// Reads an amount as people write it: `12`, `12.5`, `12.50`, with a comma as well.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim().replace(',', ".");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 2 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let cents: i64 = format!("{fraction:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}

/// Writes an amount with its symbol: `€1,234.50`.
pub(crate) fn format(symbol: &str, cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let digits = (cents.unsigned_abs() / 100).to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    format!("{sign}{symbol}{}.{:02}", groups.join(","), cents.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read() {
        for (text, cents) in
            [("12", 1200), ("12.5", 1250), (" 12,50 ", 1250), ("0.05", 5), ("12.", 1200)]
        {
            assert_eq!(parse(text), Some(cents), "{text}");
        }
        for bad in ["", ".5", "-1", "+1", "1.234", "1e3", "12.5x", "1.2.3", "92233720368547758.08"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn amounts_are_written() {
        assert_eq!(format("€", 5), "€0.05");
        assert_eq!(format("$", 123_456_789), "$1,234,567.89");
        assert_eq!(format("€", -100_000), "-€1,000.00");
    }
}
