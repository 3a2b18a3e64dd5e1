//! `DELETE`: the tenant's rows only.

use sqlparser::ast::{Delete, FromTable};

use super::{
    filter,
    refusal::Refusal,
    relation::refuse_if,
    rules::Columns,
    walker::{Level, Walker},
};

impl Walker<'_> {
    pub(super) fn delete(&mut self, delete: &mut Delete) -> Result<Columns, Refusal> {
        let Delete {
            delete_token: _,
            optimizer_hints,
            tables,
            from,
            on_cluster,
            using,
            selection,
            returning,
            output,
            order_by,
            limit,
            settings,
        } = delete;
        refuse_if(!optimizer_hints.is_empty(), "an optimizer hint")?;
        refuse_if(!tables.is_empty(), "a list of tables to delete from")?;
        refuse_if(on_cluster.is_some() || settings.is_some(), "`ON CLUSTER` or `SETTINGS`")?;
        refuse_if(output.is_some(), "`OUTPUT`")?;
        refuse_if(!order_by.is_empty() || limit.is_some(), "`ORDER BY` or `LIMIT` of a write")?;
        let from = match from {
            FromTable::WithFromKeyword(from) => from,
            FromTable::WithoutKeyword(_) => {
                return Err(Refusal::Clause { clause: "`DELETE` without `FROM`" });
            }
        };
        let [target] = from.as_mut_slice() else {
            return Err(Refusal::Clause { clause: "a list of tables to delete from" });
        };
        self.push_level(Level::default());
        let (_, predicate) = self.target(target)?;
        let mut predicates: Vec<_> = predicate.into_iter().collect();
        if let Some(using) = using {
            predicates.extend(self.sources(using)?);
        }
        self.optional(selection.as_mut())?;
        let returned = self.returning(returning.as_mut());
        filter::add_to_condition(selection, predicates);
        self.pop_level();
        returned
    }
}
