//! DBS009 against a pooler, and against none.

use super::*;
use crate::testing::{TestBackend, TestDatabase, pooler};

async fn seen(processes: Option<usize>) -> Pooler {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let url = match processes {
        None => database.url().to_owned(),
        Some(processes) => {
            let pooler = pooler::TransactionPooler::before(database.url(), processes).await;
            pooler.url().to_owned()
        }
    };
    let connection = sea_orm::Database::connect(url).await.unwrap();
    probe(&connection).await.unwrap()
}

#[tokio::test]
async fn without_a_pooler_none_is_seen() {
    assert_eq!(seen(None).await, Pooler::NotSeen);
}

#[tokio::test]
async fn a_pooler_is_seen_however_many_processes_it_has() {
    for processes in 1..=3 {
        assert_eq!(seen(Some(processes)).await, Pooler::NotTracking, "{processes}");
    }
}

#[test]
fn what_was_seen_has_its_finding() {
    let codes = |found: Option<Finding>| found.map(|finding| finding.code);
    assert_eq!(codes(untracked(Pooler::NotTracking)), Some("DBS009"));
    assert_eq!(codes(untracked(Pooler::Tracking)), None);
    let severity = |seen| before_direct(seen).map(|finding| finding.severity);
    assert_eq!(severity(Pooler::Tracking), Some(Severity::Warning));
    assert_eq!(severity(Pooler::NotTracking), Some(Severity::Error));
    assert_eq!(codes(before_direct(Pooler::NotSeen)), None);
}
