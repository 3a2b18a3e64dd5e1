//! The shop as a person runs it: the real binary, under both strategies, on SQLite and PostgreSQL,
//! by requests and in a real browser.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod client;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod looks;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod starting;
#[cfg(test)]
mod world;
