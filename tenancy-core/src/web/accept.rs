//! Whether a client would rather have a page or data.

use http::{HeaderMap, header::ACCEPT};

/// Whether a client asks for HTML by name, and for JSON not more than for it. Wildcards ask for
/// nothing by name.
pub(super) fn prefers_html(headers: &HeaderMap) -> bool {
    let html = quality(headers, &["text/html", "application/xhtml+xml"]);
    html > 0.0 && html >= quality(headers, &["application/json", "application/problem+json"])
}

fn quality(headers: &HeaderMap, wanted: &[&str]) -> f32 {
    let fields = headers.get_all(ACCEPT).iter().filter_map(|field| field.to_str().ok());
    let ranges = fields.flat_map(|field| field.split(','));
    ranges.filter_map(|range| quality_of(range, wanted)).fold(0.0, f32::max)
}

fn quality_of(range: &str, wanted: &[&str]) -> Option<f32> {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next()?;
    if !wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(media_type)) {
        return None;
    }
    let weight = parts.find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")));
    Some(weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn browsers_get_pages_and_programs_get_data() {
        for (accept, html) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("TEXT/HTML; q=0.5", true),
            ("*/*", false),
            ("application/json", false),
            ("application/json, text/html;q=0.9", false),
            ("application/problem+json;q=0.1, text/html;q=0.9", true),
            ("text/html;q=0", false),
            ("text/html;q=a", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(prefers_html(&headers), html, "{accept}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
    }
}
