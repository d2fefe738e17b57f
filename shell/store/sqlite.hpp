#pragma once
// SQLite behind values: connections, cached statements, transactions, the online backup. Every
// failure is an Error whose code says what to do: no_space, corrupt, busy, io, forbidden, conflict
// (a constraint), cancelled, internal (SQL of ours that is wrong). A connection belongs to one
// thread at a time; the first call after open or hand_over() binds it, and every later call asserts
// it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_backup;

namespace tutti::shell {

namespace detail {
struct Connection;
}

// A prepared statement on loan from its connection's cache; goes back, reset and without bindings,
// when destroyed. It must not outlive its Database.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Parameters count from 1. Text and bytes are copied.
  void bind(int index, std::int64_t value);
  void bind(int index, int value) { bind(index, std::int64_t{value}); }
  void bind(int index, bool value) { bind(index, std::int64_t{value}); }
  void bind(int index, double value);
  void bind(int index, std::string_view text);
  void bind(int index, const char* text) { bind(index, std::string_view(text)); }
  void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
  void bind(int index, ByteView bytes);
  void bind(int index, std::nullptr_t);
  template <class Tag>
  void bind(int index, Id<Tag> id) {  // SQLite's integers are signed: the same 64 bits
    bind(index, static_cast<std::int64_t>(id.value));
  }
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    if (value) bind(index, *value);
    else bind(index, nullptr);
  }
  // Back to before the first step, with the parameters as they are; for a statement kept in a loop.
  void reset();

  // True: there is a row. False: done.
  Result<bool> step();
  // Steps to the end; rows are ignored.
  Result<void> run();

  // Columns count from 0; views live until the next step.
  int columns() const;
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  template <class IdType>
  IdType id(int column) const {
    return IdType{static_cast<std::uint64_t>(integer(column))};
  }
  std::string_view text(int column) const;
  ByteView bytes(int column) const;
  // SQLite's type number (1 integer, 2 float, 3 text, 4 bytes, 5 null), for those who must treat
  // any value.
  int type(int column) const;

 private:
  friend class Database;
  Statement(detail::Connection* connection, sqlite3_stmt* statement, std::string sql);
  detail::Connection* connection_;
  sqlite3_stmt* statement_;
  std::string sql_;
  Result<void> bound_{};  // the first failure to bind; step() returns it
};

// read_only changes no byte of the database and its log, also when it closes as the last one; it
// may leave an empty -wal and a -shm beside it, which the next writer removes.
enum class OpenMode : std::uint8_t { read_only, read_write };

// Thread: store (whichever lane it was handed to).
class Database {
 public:
  // The file must exist (not_found); an empty one is an empty database.
  static Result<Database> open(const std::string& path, OpenMode mode);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Lets the next thread that calls be the owner. No statement may be out.
  void hand_over();
  // The thread that owned it has ended: whoever calls next is the owner.
  void take_over();

  // Statements without parameters, several allowed.
  Result<void> exec(std::string_view sql);
  Result<Statement> prepare(std::string_view sql);
  template <class... Args>
  Result<Statement> query(std::string_view sql, const Args&... args) {
    auto statement = prepare(sql);
    int index = 0;
    if (statement) (statement->bind(++index, args), ...);
    return statement;
  }
  // Runs to the end; for INSERT, UPDATE, DELETE.
  template <class... Args>
  Result<void> execute(std::string_view sql, const Args&... args) {
    auto statement = query(sql, args...);
    if (!statement) return std::unexpected(statement.error());
    return statement->run();
  }
  // First column of the first row; not_found without one.
  Result<std::int64_t> number(std::string_view sql);
  Result<std::string> text(std::string_view sql);

  // Gives SQL the function fold(text), core/library's fold_name, for rules of smart playlists.
  Result<void> add_fold();

  const std::string& path() const;
  std::int64_t changes() const;  // rows the last statement changed
  bool in_transaction() const;
  // Milliseconds to wait for another process's lock before busy; 5,000 at first.
  void set_patience(int ms);

 private:
  friend class OnlineBackup;
  explicit Database(std::unique_ptr<detail::Connection> connection);
  std::unique_ptr<detail::Connection> connection_;
};

// A write transaction (BEGIN IMMEDIATE). Destroyed without commit it is rolled back.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(other.database_) {
    other.database_ = nullptr;
  }
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  // After an error nothing of the transaction is stored.
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  void roll_back();
  Database* database_;
};

// Copies the whole of one database over another (https://sqlite.org/backup.html). `from` should
// hold a read transaction for the whole time: then a writer elsewhere does not make the copy start
// again.
class OnlineBackup {
 public:
  static Result<OnlineBackup> start(Database& from, Database& to);
  OnlineBackup(OnlineBackup&& other) noexcept;
  OnlineBackup& operator=(OnlineBackup&&) = delete;
  ~OnlineBackup();
  // Copies up to `pages`; true when all is copied and committed.
  Result<bool> step(int pages);
  std::int64_t pages_done() const;
  std::int64_t pages_total() const;

 private:
  OnlineBackup(detail::Connection* to, sqlite3_backup* backup) : to_(to), backup_(backup) {}
  detail::Connection* to_;
  sqlite3_backup* backup_;
};

// Nothing, or the first complaint of PRAGMA quick_check (fast) or integrity_check (also the
// indexes) as corrupt.
Result<void> check_integrity(Database& database, bool thorough);

}  // namespace tutti::shell
