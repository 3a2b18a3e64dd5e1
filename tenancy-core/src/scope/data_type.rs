//! Types in casts: built-in ones, and enum types of the tenant tables, qualified.

use sqlparser::ast::{ArrayElemTypeDef, DataType, ObjectName, ObjectNamePart, TypeModifier};

use super::{Dialect, refusal::Refusal, walker::Walker};

/// Types of PostgreSQL and its well-known extensions that the parser has no name for, sorted.
const POSTGRES_TYPES: [&str; 48] = [
    "bit",
    "bool",
    "boolean",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cidr",
    "circle",
    "citext",
    "cube",
    "date",
    "datemultirange",
    "daterange",
    "float4",
    "float8",
    "halfvec",
    "hstore",
    "inet",
    "int2",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "integer",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lquery",
    "lseg",
    "ltree",
    "ltxtquery",
    "macaddr",
    "macaddr8",
    "money",
    "numeric",
    "nummultirange",
    "numrange",
    "point",
    "sparsevec",
    "text",
    "time",
    "timestamp",
    "timestamptz",
];

/// The rest of them, sorted: geometry, text search and ranges of time.
const MORE_POSTGRES_TYPES: [&str; 14] = [
    "geography",
    "geometry",
    "path",
    "polygon",
    "timetz",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "uuid",
    "varchar",
    "vector",
];

/// Types that MySQL and MariaDB cast to and the parser has no name for.
const MYSQL_TYPES: [&str; 5] = ["inet4", "inet6", "nchar", "uuid", "year"];

impl Walker<'_> {
    #[expect(clippy::too_many_lines, reason = "one arm for each type of the parser")]
    pub(super) fn data_type(&mut self, data_type: &mut DataType) -> Result<(), Refusal> {
        match data_type {
            DataType::Custom(name, modifiers) => self.custom(name, modifiers),
            DataType::Array(element) => match element {
                ArrayElemTypeDef::SquareBracket(element, _)
                | ArrayElemTypeDef::Qualified(element, _) => self.data_type(element),
                ArrayElemTypeDef::None => Ok(()),
                ArrayElemTypeDef::AngleBracket(_)
                | ArrayElemTypeDef::Parenthesis(_)
                | ArrayElemTypeDef::ParenthesisNotNull(_) => refused(data_type),
            },
            DataType::Character(_)
            | DataType::Char(_)
            | DataType::CharacterVarying(_)
            | DataType::CharVarying(_)
            | DataType::Varchar(_)
            | DataType::Uuid
            | DataType::Blob(_)
            | DataType::Numeric(_)
            | DataType::Decimal(_)
            | DataType::Dec(_)
            | DataType::Float(_)
            | DataType::Int2(_)
            | DataType::SmallInt(_)
            | DataType::Int(_)
            | DataType::Int4(_)
            | DataType::Int8(_)
            | DataType::Integer(_)
            | DataType::BigInt(_)
            | DataType::Float4
            | DataType::Real
            | DataType::Float8
            | DataType::Double(_)
            | DataType::DoublePrecision
            | DataType::Bool
            | DataType::Boolean
            | DataType::Date
            | DataType::Time(_, _)
            | DataType::Timestamp(_, _)
            | DataType::Interval { fields: _, precision: _ }
            | DataType::JSON
            | DataType::JSONB
            | DataType::Text
            | DataType::Bytea
            | DataType::Bit(_)
            | DataType::BitVarying(_)
            | DataType::VarBit(_)
            | DataType::GeometricType(_)
            | DataType::TsVector
            | DataType::TsQuery => Ok(()),
            DataType::Signed
            | DataType::SignedInteger
            | DataType::Unsigned
            | DataType::UnsignedInteger
            | DataType::Datetime(_)
            | DataType::Binary(_)
                if self.rules.dialect == Dialect::MySql =>
            {
                Ok(())
            }
            DataType::TinyInt(_)
            | DataType::MediumInt(_)
            | DataType::Datetime(_)
            | DataType::Binary(_)
            | DataType::Varbinary(_)
            | DataType::Nvarchar(_)
            | DataType::Clob(_)
            | DataType::String(_)
                if self.rules.dialect == Dialect::Sqlite =>
            {
                Ok(())
            }
            // Isolation: a cast to `regclass` looks a table up by a name in a string.
            DataType::Regclass
            | DataType::Table(_)
            | DataType::NamedTable { name: _, columns: _ }
            | DataType::Nvarchar(_)
            | DataType::CharacterLargeObject(_)
            | DataType::CharLargeObject(_)
            | DataType::Clob(_)
            | DataType::Binary(_)
            | DataType::Varbinary(_)
            | DataType::TinyBlob
            | DataType::MediumBlob
            | DataType::LongBlob
            | DataType::Bytes(_)
            | DataType::DecimalUnsigned(_)
            | DataType::BigNumeric(_)
            | DataType::BigDecimal(_)
            | DataType::DecUnsigned(_)
            | DataType::FloatUnsigned(_)
            | DataType::TinyInt(_)
            | DataType::TinyIntUnsigned(_)
            | DataType::UTinyInt
            | DataType::Int2Unsigned(_)
            | DataType::SmallIntUnsigned(_)
            | DataType::USmallInt
            | DataType::MediumInt(_)
            | DataType::MediumIntUnsigned(_)
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Int128
            | DataType::Int256
            | DataType::IntUnsigned(_)
            | DataType::Int4Unsigned(_)
            | DataType::IntegerUnsigned(_)
            | DataType::HugeInt
            | DataType::UHugeInt
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::UInt64
            | DataType::UInt128
            | DataType::UInt256
            | DataType::BigIntUnsigned(_)
            | DataType::UBigInt
            | DataType::Int8Unsigned(_)
            | DataType::Signed
            | DataType::SignedInteger
            | DataType::Unsigned
            | DataType::UnsignedInteger
            | DataType::Float32
            | DataType::Float64
            | DataType::RealUnsigned
            | DataType::DoubleUnsigned(_)
            | DataType::DoublePrecisionUnsigned
            | DataType::Zerofill(_)
            | DataType::Date32
            | DataType::Datetime(_)
            | DataType::Datetime64(_, _)
            | DataType::TimestampNtz(_)
            | DataType::TinyText
            | DataType::MediumText
            | DataType::LongText
            | DataType::String(_)
            | DataType::Collate(_, _)
            | DataType::FixedString(_)
            | DataType::Map(_, _, _)
            | DataType::Tuple(_)
            | DataType::Nested(_)
            | DataType::Object(_)
            | DataType::Enum(_, _)
            | DataType::Set(_)
            | DataType::Struct(_, _)
            | DataType::Union(_)
            | DataType::Nullable(_)
            | DataType::LowCardinality(_)
            | DataType::Unspecified
            | DataType::Trigger
            | DataType::AnyType => refused(data_type),
        }
    }

    fn custom(&mut self, name: &mut ObjectName, modifiers: &[TypeModifier]) -> Result<(), Refusal> {
        let plain_modifier = |modifier: &TypeModifier| match modifier {
            TypeModifier::Number(digits, long) => {
                !*long && digits.bytes().all(|b| b.is_ascii_digit())
            }
            TypeModifier::Identifier(ident) => {
                ident.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            }
            TypeModifier::String(_) => false,
        };
        let shown = || Refusal::DataType { data_type: name.to_string() };
        if !modifiers.iter().all(plain_modifier) {
            return Err(shown());
        }
        match (self.rules.dialect, name.0.as_slice()) {
            (Dialect::Sqlite, [ObjectNamePart::Identifier(part)]) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
                if part.value.chars().all(plain) { Ok(()) } else { Err(shown()) }
            }
            (Dialect::Postgres, [ObjectNamePart::Identifier(part)]) => {
                let folded = match part.quote_style {
                    None => part.value.to_ascii_lowercase(),
                    Some(_) => part.value.clone(),
                };
                if self.rules.is_tenant_type(&folded) {
                    let schema = self.rules.type_schema().ok_or_else(shown)?;
                    self.counts.types += 1;
                    *name = Dialect::Postgres.object_name(&[schema, &folded]);
                    return Ok(());
                }
                if is_postgres_type(&folded) { Ok(()) } else { Err(shown()) }
            }
            (
                Dialect::Postgres,
                [ObjectNamePart::Identifier(schema), ObjectNamePart::Identifier(part)],
            ) if schema.value == "pg_catalog" && is_postgres_type(&part.value) => Ok(()),
            (Dialect::MySql, [ObjectNamePart::Identifier(part)])
                if MYSQL_TYPES.iter().any(|known| part.value.eq_ignore_ascii_case(known)) =>
            {
                Ok(())
            }
            (Dialect::Postgres | Dialect::Sqlite | Dialect::MySql, _) => Err(shown()),
        }
    }
}

fn is_postgres_type(name: &str) -> bool {
    POSTGRES_TYPES.binary_search(&name).is_ok() || MORE_POSTGRES_TYPES.binary_search(&name).is_ok()
}

fn refused(data_type: &DataType) -> Result<(), Refusal> {
    Err(Refusal::DataType { data_type: data_type.to_string() })
}
