//! Where input comes from and output goes to: `Terminal`.

use std::{
    fmt,
    io::{self, Cursor, IsTerminal as _, Read, Write},
    sync::{Arc, Mutex, PoisonError},
};

use anstream::{AutoStream, ColorChoice};

/// The three streams of a command, and what is known of them.
pub struct Terminal {
    pub(crate) stdin: Box<dyn Read + Send>,
    pub(crate) stdout: Stream,
    pub(crate) stderr: Stream,
    pub(crate) shows_progress: bool,
    /// Whether a person reads and answers.
    pub(crate) asks: bool,
}

/// A stream that is written to.
pub(crate) struct Stream {
    pub(crate) writer: Box<dyn Write + Send>,
    pub(crate) takes_color: bool,
    /// How many characters a line of it has, if it has an end.
    pub(crate) width: Option<u16>,
}

impl Terminal {
    /// The streams of the process. Colours are for terminals, and not where `NO_COLOR` is set.
    #[must_use]
    pub fn process() -> Self {
        Self {
            stdin: Box::new(io::stdin()),
            stdout: Stream {
                takes_color: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
                width: terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0),
                writer: Box::new(io::stdout()),
            },
            stderr: Stream {
                takes_color: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
                width: terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| width.0),
                writer: Box::new(io::stderr()),
            },
            shows_progress: io::stderr().is_terminal(),
            asks: io::stdin().is_terminal() && io::stderr().is_terminal(),
        }
    }

    /// Streams that are no terminal: the input is a text, and what is written can be read back.
    ///
    /// ```
    /// let (terminal, captured) = tenancy_cli::Terminal::captured("");
    /// assert_eq!(captured.stdout(), "");
    /// ```
    #[must_use]
    pub fn captured(input: impl Into<String>) -> (Self, Captured) {
        let captured = Captured::default();
        let stream =
            |to: &Buffer| Stream { writer: Box::new(to.clone()), takes_color: false, width: None };
        let terminal = Self {
            stdin: Box::new(Cursor::new(input.into())),
            stdout: stream(&captured.stdout),
            stderr: stream(&captured.stderr),
            shows_progress: false,
            asks: false,
        };
        (terminal, captured)
    }

    /// The same with lines that end after so many characters.
    #[must_use]
    pub fn with_width(mut self, width: u16) -> Self {
        self.stdout.width = Some(width);
        self.stderr.width = Some(width);
        self
    }

    /// The same with a person before it, who can be asked.
    #[must_use]
    pub fn with_person(self) -> Self {
        Self { asks: true, ..self }
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal")
            .field("stdout_takes_color", &self.stdout.takes_color)
            .field("stderr_takes_color", &self.stderr.takes_color)
            .finish_non_exhaustive()
    }
}

/// What a command wrote to a captured [`Terminal`].
#[derive(Debug, Clone, Default)]
pub struct Captured {
    stdout: Buffer,
    stderr: Buffer,
}

impl Captured {
    /// The data.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// Everything else.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }
}

#[derive(Debug, Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
