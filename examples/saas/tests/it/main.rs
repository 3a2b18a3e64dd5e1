//! The shop as a person runs it: the real binary, under both strategies, on SQLite and PostgreSQL.

#[cfg(test)]
mod client;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod starting;
#[cfg(test)]
mod world;
