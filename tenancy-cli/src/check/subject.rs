//! `Subject`: what a check looks at, the sources beside what the configuration says.

use tenancy_core::{
    check::Source,
    config::{Inspection, OptionKey, Sourced, StrategyKeys},
};

use super::source::Sources;

/// The name that both strategies give the option with the tenant column's name.
const TENANT_COLUMN: &str = "tenant_column";

/// What a check looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) inspection: &'a Inspection,
    pub(crate) known: &'a [StrategyKeys],
}

impl Subject<'_> {
    /// The strategy that is configured, if one is.
    pub(crate) fn strategy(&self) -> Option<Sourced<String>> {
        Some(self.inspection.strategy()?.map(|name| name.as_str().to_owned()))
    }

    /// The known strategies by what they are called in code.
    pub(crate) fn strategies(&self) -> Vec<StrategyInCode> {
        self.known.iter().map(|keys| StrategyInCode::of(keys.name)).collect()
    }

    /// The name of the tenant column.
    pub(crate) fn tenant_column(&self) -> Sourced<String> {
        tenant_column(self.inspection, self.known)
    }
}

/// The name of the tenant column: the configured one, or else the default of whichever strategy has
/// one. Entities must not name it under any strategy, since they run under each.
pub(crate) fn tenant_column(inspection: &Inspection, known: &[StrategyKeys]) -> Sourced<String> {
    let options = known.iter().flat_map(|known| {
        let option = known.keys.iter().find(|key| key.name == TENANT_COLUMN);
        option.map(|option| (known, option))
    });
    let configured = options.clone().find_map(|(known, option)| {
        let value = inspection.text(&format!("{}.{}", known.name, option.name))?;
        Some(value.map(str::to_owned))
    });
    let default = |option: &OptionKey| option.default.map(str::to_owned);
    configured.unwrap_or_else(|| {
        let name = options.clone().find_map(|(_, option)| default(option));
        Sourced::new(name.unwrap_or_else(|| "tenant_id".to_owned()), Source::Default)
    })
}

/// The packages of the framework, which are no part of an application.
pub(crate) fn packages(known: &[StrategyKeys]) -> Vec<String> {
    let strategies = known.iter().map(|keys| StrategyInCode::of(keys.name).package);
    ["tenancy-core", "tenancy-cli"].into_iter().map(str::to_owned).chain(strategies).collect()
}

/// What a strategy is called in manifests and code. Both follow from its name by the convention that
/// crates of strategies keep: `row-prefix` is the type `RowPrefix` of the crate `tenancy-row-prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StrategyInCode {
    pub(crate) name: &'static str,
    pub(crate) package: String,
    pub(crate) type_name: String,
}

impl StrategyInCode {
    fn of(name: &'static str) -> Self {
        let words = name.split('-').map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_uppercase() + rest
        });
        Self { name, package: format!("tenancy-{name}"), type_name: words.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_is_called_by_convention() {
        let strategy = StrategyInCode::of("schema-per-tenant");
        assert_eq!(strategy.type_name, "SchemaPerTenant");
        assert_eq!(strategy.package, "tenancy-schema-per-tenant");
    }
}
