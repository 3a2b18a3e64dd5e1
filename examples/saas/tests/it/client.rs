//! A small HTTP client that sends what it is told to send, also what no real one would.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// The password of every account that a shop of the tests begins with.
pub(crate) const PASSWORD: &str = "a password of tests";

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a body of JSON")
    }
}

/// Sends a whole request, and reads until the server closes.
pub(crate) fn send(address: SocketAddr, request: &[u8]) -> Response {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    stream.write_all(request).expect("the server reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the server answers in text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Response { status: status.expect("a status"), head: head.to_owned(), body: body.to_owned() }
}

/// One tenant's site, as one of its visitors.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) host: String,
    /// The token of a session, if somebody is signed in.
    pub(crate) token: Option<String>,
}

impl Site {
    /// The same site for somebody who signs in with this address.
    pub(crate) fn signed_in(&self, email: &str) -> Self {
        let account = json!({ "email": email, "password": PASSWORD });
        let opened = self.post("/api/session", &account);
        assert_eq!(opened.status, 201, "{email}: {opened:?}");
        let token = opened.json()["token"].as_str().expect("a token").to_owned();
        Self { token: Some(token), ..self.clone() }
    }

    /// The same site for somebody who signs in by its form, and keeps the cookie.
    pub(crate) fn signed_in_by_form(&self, email: &str, password: &str) -> Option<Self> {
        let form = format!("email={email}&password={}", password.replace(' ', "+"));
        let opened = self.submit("/sign-in", "same-origin", &form);
        let cookie = opened.header("set-cookie")?;
        let (_, rest) = cookie.split_once('=')?;
        let (token, _) = rest.split_once(';')?;
        Some(Self { token: Some(token.to_owned()), ..self.clone() })
    }

    fn request(&self, line: &str, fields: &[(&str, &str)], body: &str) -> Response {
        let mut head = format!("{line} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.host);
        let is_page = fields.iter().any(|(_, value)| value.starts_with("text/html"));
        match &self.token {
            Some(token) if is_page => head.push_str(&format!("cookie: saas_session={token}\r\n")),
            Some(token) => head.push_str(&format!("authorization: Bearer {token}\r\n")),
            None => {}
        }
        for (name, value) in fields {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let length = body.len();
        send(self.address, format!("{head}content-length: {length}\r\n\r\n{body}").as_bytes())
    }

    /// Asks for data, as a program.
    pub(crate) fn get(&self, path: &str) -> Response {
        self.request(&format!("GET {path}"), &[("accept", "*/*")], "")
    }

    /// Asks for a page, as a browser.
    pub(crate) fn page(&self, path: &str) -> Response {
        let accept = "text/html,application/xhtml+xml,*/*;q=0.8";
        self.request(&format!("GET {path}"), &[("accept", accept)], "")
    }

    pub(crate) fn post(&self, path: &str, json: &Value) -> Response {
        let fields = [("content-type", "application/json")];
        self.request(&format!("POST {path}"), &fields, &json.to_string())
    }

    /// Sends a form, as a browser that says where it comes from.
    pub(crate) fn submit(&self, path: &str, fetch_site: &str, form: &str) -> Response {
        let fields = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "text/html"),
            ("sec-fetch-site", fetch_site),
        ];
        self.request(&format!("POST {path}"), &fields, form)
    }

    /// Asks until the answer has this status: what another process has done to the registry reaches
    /// a server within a second.
    pub(crate) fn until(&self, status: u16, path: &str) -> Response {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = self.get(path);
            if answer.status == status {
                return answer;
            }
            assert!(Instant::now() < deadline, "{path} never has the status {status}: {answer:?}");
        }
    }

    /// The list under `/api/…`.
    pub(crate) fn list(&self, of: &str) -> Vec<Value> {
        let response = self.get(&format!("/api/{of}"));
        assert_eq!(response.status, 200, "{response:?}");
        response.json()[of].as_array().expect("a list").clone()
    }

    pub(crate) fn product(&self, sku: &str) -> Option<Value> {
        self.list("products").into_iter().find(|product| product["sku"] == sku)
    }
}
