//! Tenants as SQLite files in a directory: opened when needed, made so that a half-made one is
//! never seen, and set aside when their tenant is deleted.

mod open_file;
pub(crate) mod trash;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use quick_cache::sync::Cache;
use sea_orm::DatabaseConnection;
use tenancy_core::{
    Databases, Error, PhysicalName, Result, Site, Tenant, TenantStatus,
    databases::{PoolOptions, SqliteFile, open_sqlite_file},
};

pub(crate) use self::open_file::OpenFile;
use self::{
    open_file::{Closing, Identity},
    trash::{Places, sync_folder},
};
use crate::sql;

/// The name under which a tenant's file sees the registry's database, read-only.
pub(crate) const SHARED: &str = "shared";

/// The most connections to one tenant's file: SQLite has one writer at a time, and readers are
/// quick.
const CONNECTIONS_PER_FILE: u32 = 4;

/// How long those who still use a file are waited for before it is moved. It may be moved under them:
/// they keep the file that they have opened.
const CLOSING: Duration = Duration::from_secs(1);

/// What a backup is called until it is complete.
const UNFINISHED: &str = ".tenancy-unfinished";

#[derive(Debug)]
pub(crate) struct Files {
    directory: PathBuf,
    // A file in use outlives its place here: whoever uses it holds it too.
    open: Cache<PhysicalName, Arc<OpenFile>>,
    closing: Closing,
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
        let open = Cache::new(open_files as usize);
        Self { directory, open, closing: Closing::default() }
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

    /// A tenant's file, opened if it is not open. It stays open as long as somebody holds it.
    ///
    /// Isolation: the file is looked at each time, so that one that another process has set aside, or
    /// that was put in the place of another, is never taken for the one that is open.
    pub(crate) async fn open(
        &self,
        databases: &Databases,
        tenant: &Tenant,
    ) -> Result<Arc<OpenFile>> {
        let name = &tenant.physical_name;
        if tenant.status == TenantStatus::Deleted {
            return self.open_deleted(databases, tenant).await;
        }
        let (file, identity) = self.there(tenant)?;
        let open = self.open_file(databases, &file, identity);
        let opened = self.open.get_or_insert_async(name, open).await?;
        if opened.identity() == identity {
            return Ok(opened);
        }
        // Whoever uses the old file still holds it.
        let opened = self.open_file(databases, &file, identity).await?;
        self.open.insert(name.clone(), Arc::clone(&opened));
        Ok(opened)
    }

    /// Opens a file when no more than a few are being closed.
    async fn open_file(
        &self,
        databases: &Databases,
        file: &Path,
        identity: Identity,
    ) -> Result<Arc<OpenFile>> {
        self.closing.few(databases.pool_options.acquire_timeout).await;
        let connection = self.connect(databases, file, false).await?;
        Ok(Arc::new(OpenFile::new(connection, identity, self.closing.clone())))
    }

    /// The file of a deleted tenant, for what is done before it goes for ever. It is not kept: the file
    /// may be moved back.
    async fn open_deleted(&self, databases: &Databases, tenant: &Tenant) -> Result<Arc<OpenFile>> {
        self.set_aside(&tenant.physical_name).await?;
        let places = self.places(&tenant.physical_name);
        let Some(metadata) = fs::metadata(places.deleted()).ok().filter(fs::Metadata::is_file)
        else {
            return Err(missing(tenant));
        };
        self.open_file(databases, places.deleted(), Identity::of(&metadata)).await
    }

    /// A connection to a tenant's file that sees nothing but the file.
    pub(crate) async fn open_alone(
        &self,
        databases: &Databases,
        tenant: &Tenant,
    ) -> Result<DatabaseConnection> {
        let (file, _) = self.there(tenant)?;
        let options = databases.pool_options;
        let options = PoolOptions {
            max_connections: options.max_connections.min(CONNECTIONS_PER_FILE),
            ..options
        };
        let busy_timeout = databases.busy_timeout;
        let file = SqliteFile { file: &file, create: false, attached: None, busy_timeout };
        open_sqlite_file(file, options).await
    }

    /// The file of a tenant, which must be there, and which one it is.
    fn there(&self, tenant: &Tenant) -> Result<(PathBuf, Identity)> {
        let file = self.path(&tenant.physical_name);
        match fs::metadata(&file) {
            Ok(metadata) if metadata.is_file() => Ok((file, Identity::of(&metadata))),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(file_error("looking for the tenant's file")(error))
            }
            Ok(_) | Err(_) => Err(missing(tenant)),
        }
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
        let busy_timeout = databases.busy_timeout;
        open_sqlite_file(SqliteFile { file, create, attached, busy_timeout }, options).await
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
        sql::copy_into(source.connection(), &unpublished).await?;
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

    fn places(&self, name: &PhysicalName) -> Places {
        Places::of(&self.directory, name)
    }

    /// Moves the file of a deleted tenant to where no tenant's file is looked for.
    pub(crate) async fn set_aside(&self, name: &PhysicalName) -> Result<()> {
        self.close(name).await?;
        self.places(name).set_aside()
    }

    /// Moves the file of a deleted tenant back; it must be in one of the two places.
    pub(crate) fn bring_back(&self, tenant: &Tenant) -> Result<()> {
        self.places(&tenant.physical_name).bring_back()?;
        self.there(tenant).map(drop)
    }

    /// Writes what a tenant's file holds at one moment into a file that must not be there.
    pub(crate) async fn back_up(
        &self,
        databases: &Databases,
        tenant: &Tenant,
        file: &Path,
    ) -> Result<()> {
        let exists = || Error::PlaceExists { place: format!("file {}", file.display()) };
        if fs::symlink_metadata(file).is_ok() {
            return Err(exists());
        }
        let source = self.open(databases, tenant).await?;
        let mut unfinished = file.as_os_str().to_owned();
        unfinished.push(UNFINISHED);
        let unfinished = PathBuf::from(unfinished);
        let remove =
            || with_companions(&unfinished).iter().try_for_each(|path| remove_if_there(path));
        remove()?;
        let written = sql::copy_into(source.connection(), &unfinished).await;
        let written = written.and_then(|()| publish(&unfinished, file));
        if written.is_err() {
            remove()?;
        }
        written
    }

    /// Removes a tenant's file for ever, wherever it lies, and what was begun to become it.
    pub(crate) async fn remove(&self, name: &PhysicalName) -> Result<()> {
        self.close(name).await?;
        self.places(name).remove()?;
        with_companions(&self.unpublished_path(name))
            .iter()
            .try_for_each(|path| remove_if_there(path))
    }

    /// Closes a tenant's file in this process; who uses it is waited for a moment and no longer.
    async fn close(&self, name: &PhysicalName) -> Result<()> {
        let Some((_, opened)) = self.open.remove(name) else { return Ok(()) };
        let closing = tokio::time::timeout(CLOSING, opened.connection().clone().close()).await;
        let doing = "closing the tenant's file";
        closing.unwrap_or(Ok(())).map_err(|source| Error::Database { doing, source })
    }
}

fn missing(tenant: &Tenant) -> Error {
    let reason = format!("its file `{}.db` is missing", tenant.physical_name);
    Error::WrongPlace { slug: tenant.slug.to_string(), reason }
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
    // A name alone lies in the folder that the process is in.
    let directory = file.parent().filter(|directory| !directory.as_os_str().is_empty());
    sync_folder(directory.unwrap_or(Path::new("."))).map_err(file_error(doing))?;
    with_companions(unpublished).iter().try_for_each(|path| remove_if_there(path))
}
