//! Hashing and comparing passwords, a few at a time and off the threads that serve requests.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task};

use super::AccountError;

/// Each takes some 20 MB and a processor, so that a crowd at the door must not take all of both.
static AT_A_TIME: Semaphore = Semaphore::const_new(4);

/// What nobody's password is compared with, so that an unknown address takes as long as a known
/// one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmU\
                      $p2IfBQ5e1kzFHrTGqvEKr0w6GmQ2Ecl7hT6r3GZ2Kp8";

pub(super) async fn hash(password: &str) -> Result<String, AccountError> {
    let password = password.to_owned();
    let hashed = off_the_road(move || Argon2::default().hash_password(password.as_bytes()));
    Ok(hashed.await?.map_err(AccountError::Password)?.to_string())
}

/// Whether a password is the one behind a hash; never, without a hash.
pub(super) async fn is_right(password: &str, hash: Option<&str>) -> Result<bool, AccountError> {
    let (password, known) = (password.to_owned(), hash.is_some());
    let hash = hash.unwrap_or(NOBODY).to_owned();
    let compared = off_the_road(move || {
        let hash = PasswordHash::new(&hash)?;
        Argon2::default().verify_password(password.as_bytes(), &hash)
    });
    Ok(compared.await?.is_ok() && known)
}

async fn off_the_road<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AccountError> {
    let _turn = AT_A_TIME.acquire().await.map_err(|_| AccountError::CutOff)?;
    task::spawn_blocking(work).await.map_err(|_| AccountError::CutOff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let hashed = hash("correct horse").await.unwrap();
        assert!(is_right("correct horse", Some(&hashed)).await.unwrap());
        assert!(!is_right("correct horse ", Some(&hashed)).await.unwrap());
        assert!(!is_right("correct horse", None).await.unwrap());
        assert_ne!(hash("correct horse").await.unwrap(), hashed);
    }

    /// Otherwise an unknown address would be told from a known one by its time.
    #[test]
    fn nobodys_hash_is_one() {
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
