//! The style sheet and the script: files whose addresses hold their content's digest, so that
//! browsers keep them for good.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

/// A file that is part of the program.
struct Asset {
    content: &'static str,
    content_type: &'static str,
    name: String,
    address: String,
}

impl Asset {
    fn new(name: &str, content: &'static str, content_type: &'static str) -> Self {
        let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
        let digest = Sha256::digest(content.as_bytes());
        let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{stem}-{short}.{extension}");
        Self { content, content_type, address: format!("/static/{name}"), name }
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../../templates/style.css");
    Asset::new("style.css", content, "text/css; charset=utf-8")
});

static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../../templates/progress.js");
    Asset::new("progress.js", content, "text/javascript; charset=utf-8")
});

/// The address of the style sheet.
pub(super) fn style() -> &'static str {
    &STYLE.address
}

/// The address of the script that keeps a page of progress up to date.
pub(super) fn script() -> &'static str {
    &SCRIPT.address
}

pub(super) async fn serve(Path(name): Path<String>) -> Response {
    let Some(asset) = [&*STYLE, &*SCRIPT].into_iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.content).into_response()
}
