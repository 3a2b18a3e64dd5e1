//! Tenants as SQLite files in a directory: opened when needed, made so that a half-made one is
//! never seen.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use quick_cache::sync::Cache;
use sea_orm::DatabaseConnection;
use tenancy_core::{
    Databases, Error, PhysicalName, Result, Site, Tenant,
    databases::{PoolOptions, SqliteFile, open_sqlite_file},
};

use crate::sql;

/// The name under which a tenant's file sees the registry's database, read-only.
pub(crate) const SHARED: &str = "shared";

/// The most connections to one tenant's file: SQLite has one writer at a time, and readers are
/// quick.
const CONNECTIONS_PER_FILE: u32 = 4;

#[derive(Debug)]
pub(crate) struct Files {
    directory: PathBuf,
    // A connection in use outlives its place here: whoever uses it holds a clone of the pool.
    open: Cache<PhysicalName, DatabaseConnection>,
}

fn file_error(doing: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |error| Error::File { doing, reason: error.to_string() }
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(file_error("removing a file of the tenant")(error))
        }
        _ => Ok(()),
    }
}

/// A SQLite database with the files that SQLite keeps beside it.
fn with_companions(file: &Path) -> [PathBuf; 4] {
    let companion = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    [file.to_owned(), companion("-wal"), companion("-shm"), companion("-journal")]
}

impl Files {
    pub(crate) fn new(directory: PathBuf, open_files: u32) -> Self {
        Self { directory, open: Cache::new(open_files as usize) }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Isolation: a `PhysicalName` holds no separator and no dot, so the file cannot lie outside
    /// the directory.
    fn path(&self, name: &PhysicalName) -> PathBuf {
        self.directory.join(format!("{name}.db"))
    }

    fn unpublished_path(&self, name: &PhysicalName) -> PathBuf {
        self.directory.join(format!("{name}.db.new"))
    }

    /// The connection to a tenant's file, opened if it is not open.
    pub(crate) async fn open(
        &self,
        databases: &Databases,
        tenant: &Tenant,
    ) -> Result<DatabaseConnection> {
        self.open
            .get_or_insert_async(&tenant.physical_name, async {
                self.connect(databases, &self.there(tenant)?, false).await
            })
            .await
    }

    /// A connection to a tenant's file that sees nothing but the file.
    pub(crate) async fn open_alone(
        &self,
        databases: &Databases,
        tenant: &Tenant,
    ) -> Result<DatabaseConnection> {
        let file = self.there(tenant)?;
        let options = databases.pool_options;
        let options = PoolOptions {
            max_connections: options.max_connections.min(CONNECTIONS_PER_FILE),
            ..options
        };
        open_sqlite_file(SqliteFile { file: &file, create: false, attached: None }, options).await
    }

    /// The file of a tenant, which must be there.
    fn there(&self, tenant: &Tenant) -> Result<PathBuf> {
        let name = &tenant.physical_name;
        let file = self.path(name);
        if file.is_file() {
            return Ok(file);
        }
        let slug = tenant.slug.to_string();
        Err(Error::WrongPlace { slug, reason: format!("its file `{name}.db` is missing") })
    }

    async fn connect(
        &self,
        databases: &Databases,
        file: &Path,
        create: bool,
    ) -> Result<DatabaseConnection> {
        let shared = sql::database_file(&databases.central).await?;
        let options = databases.pool_options;
        let options = PoolOptions {
            max_connections: options.max_connections.min(CONNECTIONS_PER_FILE),
            ..options
        };
        let attached = Some((SHARED, Path::new(&shared)));
        open_sqlite_file(SqliteFile { file, create, attached }, options).await
    }

    /// Makes a tenant's file under another name, and gives it its own when it is complete. What a
    /// run that was cut off left under that other name is made anew.
    pub(crate) async fn provision(&self, databases: &Databases, tenant: &Tenant) -> Result<Site> {
        let (file, unpublished) = self.clear(&tenant.physical_name)?;
        let connection = self.connect(databases, &unpublished, true).await?;
        site(connection, unpublished, file).await
    }

    /// Begins a tenant's file with what another tenant's holds now, while that is worked with.
    pub(crate) async fn copy(
        &self,
        databases: &Databases,
        from: &Tenant,
        to: &Tenant,
    ) -> Result<Site> {
        let source = self.open(databases, from).await?;
        let (file, unpublished) = self.clear(&to.physical_name)?;
        sql::copy_into(&source, &unpublished).await?;
        let connection = self.connect(databases, &unpublished, false).await?;
        site(connection, unpublished, file).await
    }

    /// The names of a file that is not there, and of what it is until it is complete, which is not
    /// there any more.
    fn clear(&self, name: &PhysicalName) -> Result<(PathBuf, PathBuf)> {
        let (file, unpublished) = (self.path(name), self.unpublished_path(name));
        fs::create_dir_all(&self.directory)
            .map_err(file_error("creating the folder of the tenants"))?;
        if file.exists() {
            return Err(Error::PlaceExists { place: format!("file {name}.db") });
        }
        with_companions(&unpublished).iter().try_for_each(|path| remove_if_there(path))?;
        Ok((file, unpublished))
    }

    /// Removes a file that was begun and has no name yet.
    pub(crate) fn abandon(&self, name: &PhysicalName) -> Result<()> {
        with_companions(&self.unpublished_path(name))
            .iter()
            .try_for_each(|path| remove_if_there(path))
    }

    pub(crate) async fn remove(&self, name: &PhysicalName) -> Result<()> {
        if let Some((_, connection)) = self.open.remove(name) {
            let doing = "closing the tenant's file";
            connection.close().await.map_err(|source| Error::Database { doing, source })?;
        }
        with_companions(&self.path(name)).iter().try_for_each(|path| remove_if_there(path))
    }
}

/// A file to be filled, which gets its name afterwards.
async fn site(connection: DatabaseConnection, unpublished: PathBuf, file: PathBuf) -> Result<Site> {
    let transaction = tenancy_core::databases::begin_writing(&connection).await?;
    let publish = Box::pin(async move {
        connection
            .close()
            .await
            .map_err(|source| Error::Database { doing: "closing the tenant's new file", source })?;
        publish(&unpublished, &file)
    });
    Ok(Site { transaction, schema: None, publish })
}

/// Gives a complete file its name. A link, unlike a renaming, never replaces a file that is there.
fn publish(unpublished: &Path, file: &Path) -> Result<()> {
    let doing = "publishing the tenant's file";
    fs::File::open(unpublished).and_then(|file| file.sync_all()).map_err(file_error(doing))?;
    match fs::hard_link(unpublished, file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(Error::PlaceExists { place: format!("file {}", file.display()) });
        }
        linked => linked.map_err(file_error(doing))?,
    }
    if let Some(directory) = file.parent() {
        fs::File::open(directory).and_then(|d| d.sync_all()).map_err(file_error(doing))?;
    }
    with_companions(unpublished).iter().try_for_each(|path| remove_if_there(path))
}
