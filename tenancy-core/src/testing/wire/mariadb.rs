//! What a client says to MariaDB or MySQL, packet by packet
//! (<https://mariadb.com/kb/en/0-packet/>).

/// What has been read of a client's side of a connection.
#[derive(Debug, Default)]
pub(super) struct Client {
    unread: Vec<u8>,
}

/// The commands that run or prepare a statement: `COM_QUERY`, `COM_STMT_PREPARE`, `COM_STMT_EXECUTE`.
const STATEMENTS: [u8; 3] = [0x03, 0x16, 0x17];

/// A packet begins with three bytes of its length and one of its number in the exchange.
const HEADER: usize = 4;

impl Client {
    /// How many of the packets that these bytes complete run or prepare something. Those of the
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
            statements += u64::from(command.is_some_and(|command| STATEMENTS.contains(command)));
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
}
