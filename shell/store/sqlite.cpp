#include "shell/store/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <thread>
#include <vector>

#include "core/base/check.hpp"
#include "core/library/fold.hpp"
#include "shell/store/files.hpp"

namespace tutti::shell {

namespace detail {

constexpr std::size_t kCachedStatements = 128;  // more are prepared anew each time

struct Connection {
  sqlite3* handle = nullptr;
  std::string path;
  std::map<std::string, sqlite3_stmt*, std::less<>> idle;
  std::atomic<std::thread::id> owner{};
  int on_loan = 0;

  ~Connection() {
    INVARIANT(on_loan == 0);
    for (auto& [sql, statement] : idle) sqlite3_finalize(statement);
    sqlite3_close_v2(handle);
  }

  void assert_thread() {
    std::thread::id nobody{};
    std::thread::id here = std::this_thread::get_id();
    INVARIANT(owner.compare_exchange_strong(nobody, here) || nobody == here);
  }

  Error error(int rc) const;
};

}  // namespace detail

using detail::Connection;

namespace {

struct Verdict {
  Code code;
  const char* hint;
};

constexpr const char* kFreeSpace = "free space on this disk; what was stored before is safe";

Verdict verdict_of_io(int system_errno) {
  switch (system_errno) {
    case ENOSPC:
    case EDQUOT: return {Code::no_space, kFreeSpace};
    case EACCES:
    case EPERM: return {Code::io, "let the user who runs tutti read and write the data directory"};
    case EMFILE:
    case ENFILE: return {Code::io, "raise the limit of open files (ulimit -n)"};
    default: return {Code::io, "check that the file is there and readable, and the disk (dmesg)"};
  }
}

Verdict verdict(int rc, int system_errno) {
  switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {Code::busy, "another process uses the database; try again"};
    case SQLITE_FULL: return {Code::no_space, kFreeSpace};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Code::corrupt,
              "bring back a backup with `tutti restore FILE`; copies are in backups/ of the data "
              "directory"};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: return verdict_of_io(system_errno);
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {Code::io, "let the user who runs tutti write the data directory and the files in it"};
    case SQLITE_NOMEM: return {Code::overloaded, "the machine is out of memory"};
    case SQLITE_CONSTRAINT: return {Code::conflict, ""};
    case SQLITE_INTERRUPT: return {Code::cancelled, ""};
    case SQLITE_TOOBIG: return {Code::too_large, ""};
    case SQLITE_PROTOCOL: return {Code::busy, "another process uses the database; try again"};
    default: return {Code::internal, "this is a bug in tutti; please report it"};
  }
}

Error make_error(int rc, int system_errno, const std::string& path, std::string_view message) {
  auto [code, hint] = verdict(rc, system_errno);
  std::string text = fmt::format("{}: {}", path, message);
  bool input_output = (rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN;
  if (input_output && system_errno != 0) text += fmt::format(" ({})", std::strerror(system_errno));
  return Error{code, std::move(text), hint};
}

}  // namespace

Error Connection::error(int rc) const {
  return make_error(rc, sqlite3_system_errno(handle), path, sqlite3_errmsg(handle));
}

Statement::Statement(Connection* connection, sqlite3_stmt* statement, std::string sql)
    : connection_(connection), statement_(statement), sql_(std::move(sql)) {
  ++connection_->on_loan;
}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(other.statement_),
      sql_(std::move(other.sql_)),
      bound_(std::move(other.bound_)) {
  other.statement_ = nullptr;
}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  connection_->assert_thread();
  --connection_->on_loan;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bool kept = connection_->idle.size() < detail::kCachedStatements &&
              connection_->idle.try_emplace(std::move(sql_), statement_).second;
  if (!kept) sqlite3_finalize(statement_);
}

static void note(Result<void>& bound, const Connection& connection, int rc) {
  if (rc != SQLITE_OK && bound) bound = std::unexpected(connection.error(rc));
}

void Statement::bind(int index, std::int64_t value) {
  note(bound_, *connection_, sqlite3_bind_int64(statement_, index, value));
}
void Statement::bind(int index, std::string_view text) {
  const char* data = text.data() != nullptr ? text.data() : "";  // a null pointer would bind NULL
  note(bound_, *connection_,
       sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Statement::bind(int index, ByteView bytes) {
  const void* data = bytes.data() != nullptr ? static_cast<const void*>(bytes.data()) : "";
  note(bound_, *connection_,
       sqlite3_bind_blob64(statement_, index, data, bytes.size(), SQLITE_TRANSIENT));
}
void Statement::bind(int index, double value) {
  note(bound_, *connection_, sqlite3_bind_double(statement_, index, value));
}
void Statement::bind(int index, std::nullptr_t) {
  note(bound_, *connection_, sqlite3_bind_null(statement_, index));
}

void Statement::reset() {
  connection_->assert_thread();
  sqlite3_reset(statement_);
}

Result<bool> Statement::step() {
  connection_->assert_thread();
  if (!bound_) return std::unexpected(bound_.error());
  int rc = sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  return std::unexpected(connection_->error(sqlite3_extended_errcode(connection_->handle)));
}

Result<void> Statement::run() {
  for (;;) {
    auto row = step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
  }
}

int Statement::columns() const { return sqlite3_column_count(statement_); }
int Statement::type(int column) const { return sqlite3_column_type(statement_, column); }
bool Statement::is_null(int column) const { return type(column) == SQLITE_NULL; }
std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }
std::string_view Statement::text(int column) const { return as_text(bytes(column)); }
ByteView Statement::bytes(int column) const {
  // For text and numbers this is the UTF-8 form; the pointer must be asked for before the size.
  auto* data = type(column) == SQLITE_BLOB
                   ? sqlite3_column_blob(statement_, column)
                   : static_cast<const void*>(sqlite3_column_text(statement_, column));
  auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return {static_cast<const std::byte*>(data), data != nullptr ? size : 0};
}

Database::Database(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() {
  if (connection_) connection_->assert_thread();
}

Result<Database> Database::open(const std::string& path, OpenMode mode) {
  if (!file_exists(path) && errno == ENOENT) {
    return fail(Code::not_found, path + ": there is no such database", "check the data directory");
  }
  auto connection = std::make_unique<Connection>();
  connection->path = path;
  // NOMUTEX: one thread at a time, which assert_thread() enforces.
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
              (mode == OpenMode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  int rc = sqlite3_open_v2(path.c_str(), &connection->handle, flags, nullptr);
  if (rc != SQLITE_OK) {
    if (connection->handle == nullptr)
      return std::unexpected(make_error(rc, 0, path, sqlite3_errstr(rc)));
    return std::unexpected(connection->error(rc));
  }
  // A damaged schema must not become code that runs (https://sqlite.org/security.html).
  sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_busy_timeout(connection->handle, 5000);
  return Database(std::move(connection));
}

void Database::take_over() { connection_->owner = std::thread::id{}; }

void Database::hand_over() {
  connection_->assert_thread();
  INVARIANT(connection_->on_loan == 0);
  connection_->owner = std::thread::id{};
}

Result<void> Database::exec(std::string_view sql) {
  connection_->assert_thread();
  std::string text(sql);
  if (sqlite3_exec(connection_->handle, text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK)
    return {};
  return std::unexpected(connection_->error(sqlite3_extended_errcode(connection_->handle)));
}

Result<Statement> Database::prepare(std::string_view sql) {
  connection_->assert_thread();
  if (auto found = connection_->idle.find(sql); found != connection_->idle.end()) {
    sqlite3_stmt* statement = found->second;
    connection_->idle.erase(found);
    return Statement(connection_.get(), statement, std::string(sql));
  }
  sqlite3_stmt* statement = nullptr;
  int rc = sqlite3_prepare_v3(connection_->handle, sql.data(), static_cast<int>(sql.size()),
                              SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (rc != SQLITE_OK) return std::unexpected(connection_->error(rc));
  INVARIANT(statement != nullptr);  // SQL of ours that is empty
  return Statement(connection_.get(), statement, std::string(sql));
}

Result<std::int64_t> Database::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(Code::not_found, path() + ": no row");
  return statement->integer(0);
}

Result<std::string> Database::text(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(Code::not_found, path() + ": no row");
  return std::string(statement->text(0));
}

static void fold_for_sql(sqlite3_context* context, int, sqlite3_value** values) {
  auto* data = static_cast<const char*>(sqlite3_value_blob(values[0]));
  auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
  std::string folded =
      library::fold_name(data != nullptr ? std::string_view(data, size) : std::string_view());
  sqlite3_result_text64(context, folded.data(), folded.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

Result<void> Database::add_fold() {
  connection_->assert_thread();
  int rc = sqlite3_create_function_v2(connection_->handle, "fold", 1,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                      nullptr, fold_for_sql, nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return std::unexpected(connection_->error(rc));
  return {};
}

const std::string& Database::path() const { return connection_->path; }
std::int64_t Database::changes() const { return sqlite3_changes64(connection_->handle); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(connection_->handle) == 0; }
void Database::set_patience(int ms) { sqlite3_busy_timeout(connection_->handle, ms); }

Result<Transaction> Transaction::begin(Database& database) {
  auto begun = database.exec("BEGIN IMMEDIATE");
  if (!begun) return std::unexpected(begun.error());
  return Transaction(database);
}

Transaction::~Transaction() { roll_back(); }

void Transaction::roll_back() {
  if (database_ == nullptr) return;
  // SQLite rolls back by itself after some errors (disk full, I/O); then there is nothing left to
  // do.
  if (database_->in_transaction()) (void)database_->exec("ROLLBACK");
  database_ = nullptr;
}

Result<void> Transaction::commit() {
  INVARIANT(database_ != nullptr);
  if (!database_->in_transaction()) {
    database_ = nullptr;
    return fail(Code::io, "the transaction was rolled back by an earlier error", "try again");
  }
  auto done = database_->exec("COMMIT");
  if (done) database_ = nullptr;
  else roll_back();
  return done;
}

Result<OnlineBackup> OnlineBackup::start(Database& from, Database& to) {
  from.connection_->assert_thread();
  to.connection_->assert_thread();
  sqlite3_backup* backup =
      sqlite3_backup_init(to.connection_->handle, "main", from.connection_->handle, "main");
  if (backup == nullptr) {
    return std::unexpected(to.connection_->error(sqlite3_extended_errcode(to.connection_->handle)));
  }
  return OnlineBackup(to.connection_.get(), backup);
}

OnlineBackup::OnlineBackup(OnlineBackup&& other) noexcept : to_(other.to_), backup_(other.backup_) {
  other.backup_ = nullptr;
}
OnlineBackup::~OnlineBackup() { sqlite3_backup_finish(backup_); }

Result<bool> OnlineBackup::step(int pages) {
  to_->assert_thread();
  int rc = sqlite3_backup_step(backup_, pages);
  if (rc == SQLITE_DONE) return true;
  if (rc == SQLITE_OK) return false;
  // The connections may hold no message of this; the code says it all.
  return std::unexpected(
      make_error(rc, sqlite3_system_errno(to_->handle), to_->path, sqlite3_errstr(rc)));
}

std::int64_t OnlineBackup::pages_total() const { return sqlite3_backup_pagecount(backup_); }
std::int64_t OnlineBackup::pages_done() const {
  return pages_total() - sqlite3_backup_remaining(backup_);
}

Result<void> check_integrity(Database& database, bool thorough) {
  auto answer = database.text(thorough ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)");
  if (!answer) return std::unexpected(answer.error());
  if (*answer == "ok") return {};
  return std::unexpected(make_error(SQLITE_CORRUPT, 0, database.path(), "damaged: " + *answer));
}

}  // namespace tutti::shell
