//! A real browser without a window, driven as a person drives one: it waits for what is to be seen.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    cookies::Cookie,
    elements::Element,
    wd::{Capabilities, WebDriverCompatibleCommand},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::Url;

use crate::world::is_required;

/// How long anything may take before it counts as not coming.
const PATIENCE: Duration = Duration::from_secs(30);

/// What drives browsers. It is killed with this value, and they with it.
pub(crate) struct Driver {
    process: Child,
    port: u16,
}

/// How often it is started. It looks for a port that is free on IPv4, takes the same one on IPv6, and
/// ends where that has been taken meanwhile.
const ATTEMPTS: usize = 5;

impl Driver {
    /// Starts it; `None` where there is none, and none is demanded.
    pub(crate) fn start() -> Option<Self> {
        let mut said = String::new();
        for _ in 0..ATTEMPTS {
            let started = Command::new("chromedriver")
                .arg("--port=0")
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn();
            let mut process = match started {
                Ok(process) => process,
                Err(error) if !is_required("browser") => {
                    println!("left out: there is no `chromedriver`: {error}");
                    return None;
                }
                Err(error) => panic!("`chromedriver` does not start: {error}"),
            };
            let out = BufReader::new(process.stdout.take().expect("its standard output"));
            for line in out.lines().map_while(Result::ok) {
                if let Some(port) = port(&line) {
                    return Some(Self { process, port });
                }
                said.push_str(&line);
                said.push('\n');
            }
            let status = process.wait().expect("it has ended");
            said.push_str(&format!("{status}\n"));
        }
        panic!("`chromedriver` does not say on which port it listens:\n{said}")
    }

    /// A browser of its own, with cookies of its own.
    pub(crate) async fn browser(&self) -> Browser {
        self.browser_with(json!({})).await
    }

    /// A browser that runs no script of a page.
    pub(crate) async fn browser_without_scripts(&self) -> Browser {
        self.browser_with(json!({ "profile.managed_default_content_settings.javascript": 2 })).await
    }

    async fn browser_with(&self, preferences: Value) -> Browser {
        let options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--window-size=1200,900", "--no-first-run", "--disable-extensions",
                "--disable-background-networking", "--force-prefers-reduced-motion",
            ],
            "prefs": preferences,
        });
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("a browser");
        Browser { client }
    }
}

/// The port that a line of its output tells.
fn port(line: &str) -> Option<u16> {
    let (_, port) = line.split_once("started successfully on port ")?;
    port.trim_end_matches('.').parse().ok()
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends its browsers when it is asked to stop, not when it is killed.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// A command of the browser's own protocol, passed on by the driver.
#[derive(Debug)]
struct Own {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _url: &Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (http::Method::POST, Some(body.to_string()))
    }
}

/// A browser.
pub(crate) struct Browser {
    pub(crate) client: Client,
}

impl Browser {
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Waits until an element is there.
    pub(crate) async fn find(&self, css: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        match wait {
            Ok(element) => element,
            Err(error) => panic!("`{css}` at {}: {error}\n{}", self.url().await, self.text().await),
        }
    }

    /// Waits until the page shows a text.
    pub(crate) async fn see(&self, text: &str) {
        let path = format!("//body[contains(normalize-space(.), \"{text}\")]");
        let wait = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
        if let Err(error) = wait {
            panic!("“{text}” at {}: {error}\n{}", self.url().await, self.text().await);
        }
    }

    /// Clicks a link or a button of this text, as soon as there is one.
    pub(crate) async fn click(&self, text: &str) {
        let path =
            format!("//*[self::a or self::button or self::summary][normalize-space(.)=\"{text}\"]");
        let wait = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
        match wait {
            Ok(element) => element.click().await.unwrap_or_else(|error| panic!("{text}: {error}")),
            Err(error) => {
                panic!("“{text}” at {}: {error}\n{}", self.url().await, self.text().await)
            }
        }
    }

    /// Fills in a field.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.expect("it can be emptied");
        field.send_keys(text).await.expect("it can be written into");
    }

    pub(crate) async fn choose(&self, css: &str, value: &str) {
        self.find(css).await.select_by_value(value).await.expect("an option");
    }

    /// Signs in at the form that is shown.
    pub(crate) async fn sign_in(&self, email: &str) {
        self.fill("#email", email).await;
        self.fill("#password", crate::client::PASSWORD).await;
        self.click("Sign in").await;
    }

    pub(crate) async fn text(&self) -> String {
        let script = "return document.body ? document.body.innerText : ''";
        let text = self.client.execute(script, Vec::new()).await.expect("the text of the page");
        text.as_str().unwrap_or_default().to_owned()
    }

    pub(crate) async fn url(&self) -> String {
        self.client.current_url().await.expect("an address").to_string()
    }

    /// The cookie of this name, as the browser keeps it for the page.
    pub(crate) async fn cookie(&self, name: &str) -> Cookie<'static> {
        self.client.get_named_cookie(name).await.expect("a cookie")
    }

    async fn own(&self, command: &'static str, parameters: Value) {
        let done = self.client.issue_cmd(Own { command, parameters }).await;
        done.unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    /// Looks at the page at this width, in the light or in the dark.
    pub(crate) async fn look(&self, width: u32, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.own("Emulation.setEmulatedMedia", json!({ "features": features })).await;
        self.resize(width, 800).await;
        let height = self.height().await;
        self.resize(width, height).await;
    }

    async fn resize(&self, width: u32, height: u64) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.own("Emulation.setDeviceMetricsOverride", size).await;
    }

    async fn height(&self) -> u64 {
        let script = "return Math.min(4000, Math.max(800, document.documentElement.scrollHeight))";
        self.client.execute(script, Vec::new()).await.expect("a height").as_u64().expect("a number")
    }

    /// Keeps a picture of the page among the outputs of the tests.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("saas-pages");
        fs::create_dir_all(&folder).expect("a folder");
        let picture = self.client.screenshot().await.expect("a picture");
        fs::write(folder.join(format!("{name}.png")), picture).expect("a file");
    }

    /// What keeps people from using the page, as far as a program can tell.
    pub(crate) async fn barriers(&self) -> Vec<String> {
        let script = include_str!("accessibility.js");
        let found = self.client.execute(script, Vec::new()).await.expect("an inspection");
        let found = found.as_array().expect("a list").iter();
        found.map(|barrier| barrier.as_str().unwrap_or_default().to_owned()).collect()
    }
}
