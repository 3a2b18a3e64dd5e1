//! An invitation to become a member: `Invitation` and its `InvitationToken`.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    member::Role,
    migrate::record::hex_digest,
    tenant::TenantId,
};

/// What has become of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum InvitationStatus {
    /// Open, unless its time has run out.
    Pending,
    /// Taken, as often as it can be.
    Accepted,
    /// Taken back.
    Revoked,
    /// Replaced after its time had run out.
    Expired,
}

impl InvitationStatus {
    pub(crate) const ALL: [Self; 4] = [Self::Pending, Self::Accepted, Self::Revoked, Self::Expired];

    /// The status as it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// An invitation as the registry holds it. Its token is not kept, only a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Invitation {
    /// What tells it apart.
    pub id: Uuid,
    /// The tenant it leads into.
    pub tenant: TenantId,
    /// Whom it was sent to, in lower case; `None` for one that is for whoever has its link.
    pub address: Option<String>,
    /// The role it gives.
    pub role: Role,
    /// What has become of it.
    pub status: InvitationStatus,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// How many users it can make members.
    pub most_uses: u32,
    /// How many it has made members.
    pub uses: u32,
}

impl Invitation {
    /// Whether it can be accepted at this time.
    #[must_use]
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        self.status == InvitationStatus::Pending && at < self.expires_at
    }
}

/// The secret that accepts an invitation: 32 random bytes in hexadecimal. It is handed out once,
/// to be sent to the invited person, and its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationToken(String);

impl InvitationToken {
    pub(crate) fn generate() -> Result<Self> {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The token as it is sent.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn digest(token: &str) -> String {
        hex_digest(token.as_bytes())
    }
}

impl fmt::Debug for InvitationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationToken(***)")
    }
}
