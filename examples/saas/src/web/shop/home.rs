//! The front page: what the shop sells.

use askama::Template;

use crate::{
    entity::product,
    shop::products,
    web::{
        page::{Page, PageError},
        shop::site::{Shop, Site},
    },
};

#[derive(Debug, Template)]
#[template(path = "shop/home.html")]
pub(super) struct HomePage {
    site: Site,
    section: &'static str,
    products: Vec<product::Model>,
}

pub(super) async fn show(shop: Shop) -> Result<Page<HomePage>, PageError> {
    let products = products::list(&shop.connection).await?;
    Ok(Page::ok(HomePage { site: shop.site, section: "products", products }))
}
