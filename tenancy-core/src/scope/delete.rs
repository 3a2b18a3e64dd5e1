//! `DELETE`: the tenant's rows only.

use std::rc::Rc;

use sqlparser::ast::{Delete, FromTable, ObjectName};

use super::{
    Dialect, filter,
    refusal::Refusal,
    relation::{alias_of, refuse_if},
    rules::Columns,
    update::writable,
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
        let is_mysql = self.rules.dialect == Dialect::MySql;
        if is_mysql && !tables.is_empty() {
            return self.delete_from(delete);
        }
        refuse_if(!tables.is_empty(), "a list of tables to delete from")?;
        refuse_if(on_cluster.is_some() || settings.is_some(), "`ON CLUSTER` or `SETTINGS`")?;
        refuse_if(output.is_some(), "`OUTPUT`")?;
        let in_order = !order_by.is_empty() || limit.is_some();
        refuse_if(in_order && !is_mysql, "`ORDER BY` or `LIMIT` of a write")?;
        refuse_if(using.is_some() && is_mysql, "`DELETE .. USING`")?;
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
        let is_named = is_mysql && alias_of(&mut target.relation)?.is_some();
        let (_, predicate) = self.target(target)?;
        let alias = alias_of(&mut target.relation)?;
        // MariaDB knows no alias where one table is named alone.
        if is_named {
            refuse_if(in_order || returning.is_some(), "an alias in this `DELETE`")?;
            tables.extend(alias.as_ref().map(|alias| ObjectName::from(alias.name.clone())));
        } else if is_mysql {
            *alias = None;
        }
        let mut predicates: Vec<_> = predicate.into_iter().collect();
        if let Some(using) = using {
            predicates.extend(self.sources(using)?);
        }
        self.optional(selection.as_mut())?;
        self.order_items(order_by, false)?;
        self.optional(limit.as_mut())?;
        let returned = self.returning(returning.as_mut());
        filter::add_to_condition(selection, predicates);
        self.pop_level();
        returned
    }

    /// `DELETE source, .. FROM .. JOIN ..`.
    fn delete_from(&mut self, delete: &mut Delete) -> Result<Columns, Refusal> {
        let Delete {
            delete_token: _,
            optimizer_hints: _,
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
        let elsewhere = on_cluster.is_some() || settings.is_some() || output.is_some();
        refuse_if(elsewhere || using.is_some(), "a clause of another database")?;
        let in_order = !order_by.is_empty() || limit.is_some() || returning.is_some();
        refuse_if(in_order, "`ORDER BY`, `LIMIT` or `RETURNING` of a joined `DELETE`")?;
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = from;
        self.push_level(Level::default());
        let predicates = self.sources(from)?;
        for table in tables {
            let name = self.single(table)?.value.clone();
            let dialect = self.rules.dialect;
            let mut sources = self.level().sources.iter();
            match sources.find(|source| dialect.same(&source.name, &name)) {
                Some(source) => writable(source)?,
                None => return Err(Refusal::UnknownTable { table: name }),
            }
        }
        self.optional(selection.as_mut())?;
        filter::add_to_condition(selection, predicates);
        self.pop_level();
        Ok(Rc::from([]))
    }
}
