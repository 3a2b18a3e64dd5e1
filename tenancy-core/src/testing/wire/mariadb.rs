//! What a client says to MariaDB or MySQL, packet by packet
//! (<https://mariadb.com/kb/en/0-packet/>).

/// What has been read of a client's side of a connection.
#[derive(Debug, Default)]
pub(super) struct Client {
    /// Whether it is the connection over which a process learns of changes, which is not counted: it
    /// speaks when it likes.
    pub(super) is_watch: bool,
    unread: Vec<u8>,
}

/// The commands that run a statement: `COM_QUERY` and `COM_STMT_EXECUTE`. How often one is prepared
/// depends on which connections of a pool it is sent over.
const STATEMENTS: [u8; 2] = [0x03, 0x17];

/// What a session begins and ends with. How many there are, and when, is for the pool to choose.
const OF_SESSIONS: [&[u8]; 3] =
    [b"SET SESSION sql_mode", b"SET sql_mode=", b"DO RELEASE_ALL_LOCKS"];

/// By a `COM_PING` a pool tests a connection that is given back to it, while nobody waits for it.
pub(super) const PING: [u8; 5] = [1, 0, 0, 0, 0x0e];

/// What is asked over the connection for changes.
const LOOK: &[u8] = b"SUM(changes)";

fn holds(packet: &[u8], text: &[u8]) -> bool {
    packet.windows(text.len()).any(|part| part == text)
}

/// A packet begins with three bytes of its length and one of its number in the exchange.
const HEADER: usize = 4;

impl Client {
    /// How many of the packets that these bytes complete run something. Those of the
    /// handshake answer the server's, and so have other numbers than the first of a command.
    pub(super) fn statements_in(&mut self, bytes: &[u8]) -> u64 {
        self.unread.extend_from_slice(bytes);
        let mut statements = 0;
        loop {
            let &[low, middle, high, number, ..] = self.unread.as_slice() else {
                return statements;
            };
            let length = u32::from_le_bytes([low, middle, high, 0]) as usize + HEADER;
            let Some(packet) = self.unread.get(..length) else { return statements };
            let command = packet.get(HEADER).filter(|_| number == 0);
            let is_sessions = OF_SESSIONS.iter().any(|text| holds(packet, text));
            self.is_watch |= command.is_some() && holds(packet, LOOK);
            let runs = command.is_some_and(|command| STATEMENTS.contains(command));
            statements += u64::from(runs && !is_sessions && !self.is_watch);
            self.unread.drain(..length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_counted_however_they_come() {
        let mut client = Client::default();
        // An answer to the handshake, a query, a ping, and a statement that is run.
        let packets = [&[2, 0, 0, 1, 0x03, 0][..], &[2, 0, 0, 0, 0x03, b'a'], &[1, 0, 0, 0, 0x0e]];
        assert_eq!(client.statements_in(&packets.concat()), 1);
        assert_eq!(client.statements_in(&[2, 0, 0, 0]), 0);
        assert_eq!(client.statements_in(&[0x17]), 0);
        assert_eq!(client.statements_in(&[7]), 1);
    }
    #[test]
    fn what_is_nobodys_statement_is_not_counted() {
        let mut client = Client::default();
        let query = |text: &str| {
            let length = u8::try_from(text.len() + 1).unwrap();
            [&[length, 0, 0, 0, 0x03][..], text.as_bytes()].concat()
        };
        assert_eq!(client.statements_in(&query("SET SESSION sql_mode = 'A', SESSION b = 1")), 0);
        assert_eq!(client.statements_in(&query("DO RELEASE_ALL_LOCKS(); SET SESSION c = 1")), 0);
        assert_eq!(client.statements_in(&query("SELECT 1")), 1);
        assert!(!client.is_watch);
        assert_eq!(client.statements_in(&query("SELECT SUM(changes) FROM t")), 0);
        assert!(client.is_watch);
        assert_eq!(client.statements_in(&query("SELECT 1")), 0);
    }
}
