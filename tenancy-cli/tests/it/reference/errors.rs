//! `docs/reference/errors.md`, from the sources of the errors: what each is, its text, its code and
//! what to do.

use std::{fmt::Write as _, fs, path::Path};

use syn::{Expr, Fields, ImplItem, Item, ItemEnum, Lit, Meta, Pat};

const HEAD: &str = "\
# Errors

Every error has a code, which is never used for something else, and most say what to do. An error never \
holds values, addresses or parameters of SQL. In the text, `{…}` stands for a name.

Codes of findings (`CFG…`, `APP…`, `SET…`, `LFT…`, `DBS…`, `SHS…`, `SPT…`) are on the page of the \
[checks](checks.md). This page is made from the sources: `SNAPSHOTS=overwrite cargo test -p tenancy-cli \
reference` writes it again.

";

/// Where errors are defined: what of, the file, the enum.
const ERRORS: [(&str, &str, &str); 4] = [
    ("A statement is refused", "tenancy-core/src/scope/refusal.rs", "Refusal"),
    ("Tenants, registry, migrations", "tenancy-core/src/error.rs", "Error"),
    ("The command line", "tenancy-cli/src/error.rs", "Error"),
    ("Writing an application's sources", "tenancy-cli/src/error/sources.rs", "SourcesError"),
];

#[test]
fn the_page_is_what_the_sources_say() {
    let mut page = HEAD.to_owned();
    let mut seen = Vec::new();
    for (title, path, name) in ERRORS {
        writeln!(page, "## {title}\n\n| code | what it is | text | what to do |").unwrap();
        writeln!(page, "|---|---|---|---|").unwrap();
        for (code, row) in rows(&syn::parse_file(&read(path)).unwrap(), name) {
            writeln!(page, "| {code} | {row} |").unwrap();
            seen.push(code);
        }
        page.push('\n');
    }
    let requests = requests();
    // Those of the web layer, which has no enum of its own.
    assert!(!seen.iter().any(|code| code.starts_with("COR14")), "{seen:?}");
    page.push_str(&requests);
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all, "a code is used twice");
    super::is_page("errors.md", &page);
}

/// The errors of an enum with their codes, in the order of these.
fn rows(file: &syn::File, name: &str) -> Vec<(String, String)> {
    let (codes, hints) = (answers(file, name, "code"), answers(file, name, "hint"));
    let mut rows = Vec::new();
    for variant in &enumeration(file, name).variants {
        let of = |list: &[(String, String)]| {
            let found = list.iter().find(|(of, _)| variant.ident == of.as_str());
            found.map(|(_, text)| text.clone())
        };
        let Some(code) = of(&codes) else {
            // One that passes another error on has that one's code.
            assert!(is_passed_on(&variant.fields), "{name}::{} has no code", variant.ident);
            continue;
        };
        let what = documentation(&variant.attrs);
        let text = message(&variant.attrs).unwrap_or_else(|| "that of the findings".to_owned());
        rows.push((code, format!("{what} | {text} | {}", of(&hints).unwrap_or_default())));
    }
    rows.sort();
    rows
}

/// What is told to clients, as the page of the module says it.
fn requests() -> String {
    let source = read("tenancy-core/src/web.rs");
    let rows = source.lines().filter_map(|line| line.strip_prefix("//! |"));
    let rows: Vec<String> = rows.map(|row| format!("|{row}")).collect();
    assert!(rows.len() > 10, "the table of statuses is not found");
    format!(
        "## Answers to requests\n\nWhat the web layer answers instead of a handler.\n\n{}\n",
        rows.join("\n")
    )
}

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(path)).unwrap()
}

fn enumeration<'a>(file: &'a syn::File, name: &str) -> &'a ItemEnum {
    let found = file.items.iter().find_map(|item| match item {
        Item::Enum(item) if item.ident == name => Some(item),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("there is no enum {name}"))
}

/// What a method answers for each variant, where that is a text.
fn answers(file: &syn::File, name: &str, method: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for item in &file.items {
        let Item::Impl(item) = item else { continue };
        let is_ours = matches!(&*item.self_ty, syn::Type::Path(path) if path.path.is_ident(name));
        for item in item.items.iter().filter(|_| is_ours) {
            let ImplItem::Fn(function) = item else { continue };
            // `hint` may be put together of several, `hint_on_…`.
            if !function.sig.ident.to_string().starts_with(method) {
                continue;
            }
            let Some(syn::Stmt::Expr(Expr::Match(decided), _)) = function.block.stmts.last() else {
                continue;
            };
            for arm in &decided.arms {
                let Some(text) = literal(&arm.body) else { continue };
                found.extend(variants(&arm.pat).into_iter().map(|variant| (variant, text.clone())));
            }
        }
    }
    found
}

fn variants(pattern: &Pat) -> Vec<String> {
    let path = match pattern {
        Pat::Or(either) => return either.cases.iter().flat_map(variants).collect(),
        Pat::Struct(pattern) => &pattern.path,
        Pat::TupleStruct(pattern) => &pattern.path,
        Pat::Path(pattern) => &pattern.path,
        _ => return Vec::new(),
    };
    path.segments.last().map(|segment| segment.ident.to_string()).into_iter().collect()
}

/// `"text"`, `Some("text")`, and a block of only that.
fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::Call(call) => literal(call.args.first()?),
        Expr::Block(block) => match block.block.stmts.as_slice() {
            [syn::Stmt::Expr(only, None)] => literal(only),
            _ => None,
        },
        _ => None,
    }
}

fn documentation(attributes: &[syn::Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => literal(&pair.value),
        _ => None,
    });
    let text = lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>().join(" ");
    text.trim_end_matches('.').replace('|', "\\|")
}

/// The text of `#[error("…")]`, with what stands in for a name shortened.
fn message(attributes: &[syn::Attribute]) -> Option<String> {
    let error = attributes.iter().find(|attribute| attribute.path().is_ident("error"))?;
    let Meta::List(list) = &error.meta else { return None };
    let literal: syn::LitStr = list
        .parse_args_with(|input: syn::parse::ParseStream<'_>| {
            let text = input.parse()?;
            input.parse::<proc_macro2::TokenStream>().map(|_| text)
        })
        .ok()?;
    let mut text = String::new();
    let mut rest = literal.value();
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        text.push_str("{…}");
        rest = after.split_once('}').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    }
    text.push_str(&rest);
    Some(text.replace('\n', " ").replace('|', "\\|"))
}

/// Whether a variant holds one other error and nothing else.
fn is_passed_on(fields: &Fields) -> bool {
    matches!(fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1)
}
