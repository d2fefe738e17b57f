#pragma once
// The two databases of a data directory, behind request values: house.db (what cannot be made
// again) and library.db (what a scan makes again). One writer connection each; readers have their
// own connections. All calls are synchronous; the lanes of shell/loop run them.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/random.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "shell/store/backup.hpp"
#include "shell/store/data_dir.hpp"
#include "shell/store/house_library.hpp"
#include "shell/store/library_reader.hpp"
#include "shell/store/migrate.hpp"
#include "shell/store/sqlite.hpp"

namespace tutti::shell {

enum class Base : std::uint8_t { house, library };

struct AccountRow {
  std::int64_t row = 0;  // what account_id columns hold; never shown outside
  AccountId account;
  std::string name;
  std::string role;
  WallTime created_at;
};

struct StoreSizes {
  std::int64_t house_bytes = 0;  // with what is still in its write-ahead log
  std::int64_t library_bytes = 0;
  std::int64_t free_bytes = 0;  // of the disk; -1 when unknown
};

// Requests. Each module that keeps rows adds its own here, with its answer.
struct GetLocalAccount {};
struct GetMeta {
  Base base = Base::house;
  std::string key;
};
struct SetMeta {  // needs the writer
  Base base = Base::house;
  std::string key;
  std::string value;
};
struct CheckHealth {};  // an error: answer 503 with it
struct GetSizes {};
struct MakeBackup {
  std::string file;
  BackupOptions options{};
};
// What groups play, as bytes that the store does not look into; written as they change.
struct GroupRow {
  GroupId group;
  std::string name;
  std::string queue;
  std::string playback;
};
struct LoadGroups {};
struct SaveGroup {  // needs the writer
  GroupId group;
  std::string name;
  std::optional<std::string> queue;  // none: as it is stored
  std::string playback;
  WallTime now;
};
struct ForgetGroup {  // needs the writer
  GroupId group;
};
using StoreRequest = std::variant<GetLocalAccount, GetMeta, SetMeta, CheckHealth, GetSizes,
                                  MakeBackup, LoadGroups, SaveGroup, ForgetGroup>;

struct Stored {};
struct MetaValue {
  std::string value;
};
using StoreAnswer =
    std::variant<Stored, AccountRow, MetaValue, StoreSizes, BackupReport, std::vector<GroupRow>>;

// Whether the request changes a database: then Store::run takes it, on that writer's lane; else
// StoreReader::run does.
bool is_write(const StoreRequest& request);
// The database whose writer runs a write.
Base base_of(const StoreRequest& request);

// Reads both databases. Thread: store (a reader lane; the first that calls).
class StoreReader {
 public:
  static Result<StoreReader> open(const std::string& data_dir, std::string program);
  // Every request that is not a write. Errors of each: not_found, corrupt, io, busy.
  Result<StoreAnswer> run(const StoreRequest& request);
  void hand_over();
  // The lane that used it has ended.
  void take_over();

  // The library's requests that change nothing; see library_reader.hpp.
  Result<library::Answer> ask(const library::Ask& ask) { return ask_library(library_, ask); }
  Result<std::vector<play::TrackFacts>> facts(AccountId account, std::span<const TrackId> tracks) {
    return ask_facts(library_, account, tracks);
  }
  template <class What>  // TrackId or library::ArtworkKey
  Result<TrackPlace> place(AccountId account, What what) {
    return ask_place(library_, account, what);
  }

  Result<AccountRow> local_account();
  Result<std::string> meta(Base base, const std::string& key);
  Result<std::vector<GroupRow>> groups();
  // Something that would make the next request fail: no_space, unavailable (the file was taken
  // away), corrupt, io.
  Result<void> check_health();
  Result<StoreSizes> sizes() const;
  Result<BackupReport> backup(const std::string& file, const BackupOptions& options) const;

 private:
  StoreReader(std::string dir, std::string program, Database house, Database library);
  Database& database(Base base) { return base == Base::house ? house_ : library_; }
  std::string dir_;
  std::string program_;
  Database house_;
  Database library_;
  std::uint64_t house_inode_ = 0;  // which file was opened; 0: unknown
};

struct StoreOptions {
  std::string program = "tutti";  // version, written into backups
  Schema house = house_schema();
  Schema library = library_schema();
};

// The writers. Thread: store (each database one writer lane; the first that calls; requests for one
// database from one thread only). Destroy readers first, so that the last close leaves no -wal
// behind.
class Store {
 public:
  // Opens, creates, migrates. Errors: corrupt (house.db) and newer_version (either), which change
  // nothing; no_space, io, forbidden. A damaged library.db is moved to library.db.damaged-N, made
  // anew, and said in warnings().
  static Result<Store> open(const DataDir& dir, StoreOptions options = {});
  // Sentences for the log.
  const std::vector<std::string>& warnings() const { return warnings_; }

  Result<StoreReader> open_reader() const;
  // The library's requests that change something (library::changes), on the thread of the house;
  // see house_library.hpp.
  Result<library::Answer> apply(const library::Ask& ask, Random& random) {
    return apply_library(house_, library_view_, ask, random);
  }
  // A write (is_write), on the thread of its database.
  Result<StoreAnswer> run(const StoreRequest& request);
  Result<void> set_meta(Base base, const std::string& key, const std::string& value);
  Result<AccountRow> local_account();
  Result<BackupReport> backup(const std::string& file, const BackupOptions& options = {}) const;

  // The id of a folder of music, made at the first question; it is the house's, so that it outlives
  // library.db. On the thread of the house.
  Result<FolderId> folder_id(const std::string& path, Random& random);
  // What a LibraryWriter needs: the library's writer, and the house for reading on its lane. Both
  // stay where this store is, which must not be moved while one is in use.
  Database& house_view() { return house_view_; }

  // For lanes that hold one database only, and for migrations' and modules' own statements.
  Database& database(Base base) { return base == Base::house ? house_ : library_; }
  void hand_over();
  // The lanes that used it have ended.
  void take_over();

 private:
  Store(std::string dir, std::string program, Database house, Database library, Database house_view,
        Database library_view);
  std::string dir_;
  std::string program_;
  Database house_;
  Database library_;
  Database house_view_;    // a reader beside the library's writer
  Database library_view_;  // a reader beside the house's writer
  std::vector<std::string> warnings_;
};

}  // namespace tutti::shell
