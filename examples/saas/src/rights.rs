//! What a role lets a member do in a shop. Everybody who belongs to it may look.

use tenancy_core::Role;

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// Add customers and place orders.
    Sell,
    /// Add products.
    Stock,
    /// Invite people, and change what they may do.
    Invite,
}

impl Right {
    /// Whether a role includes the right.
    pub(crate) fn is_of(self, role: Role) -> bool {
        match self {
            Self::Sell => role <= Role::User,
            Self::Stock => role <= Role::Manager,
            Self::Invite => role <= Role::Admin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_include_what_lies_below_them() {
        let rights = [Right::Invite, Right::Stock, Right::Sell];
        for (role, has) in [
            (Role::Owner, 3),
            (Role::Admin, 3),
            (Role::Manager, 2),
            (Role::User, 1),
            (Role::Readonly, 0),
        ] {
            assert_eq!(rights.iter().filter(|right| right.is_of(role)).count(), has, "{role}");
        }
    }
}
