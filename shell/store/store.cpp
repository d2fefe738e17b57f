#include "shell/store/store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/base/check.hpp"
#include "shell/store/track_row.hpp"

namespace tutti::shell {

namespace {

constexpr std::int64_t kFreeBytesNeeded = 1 << 20;  // below this the next transaction may not fit

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

std::uint64_t inode(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

Result<AccountRow> read_local_account(Database& house) {
  auto row = house.query("SELECT id, account, name, role, created_at FROM accounts WHERE name = ?",
                         "local");
  if (!row) return std::unexpected(row.error());
  auto found = row->step();
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return fail(Code::not_found, "there is no account named local", "restore a backup that has it");
  return AccountRow{row->integer(0), AccountId{static_cast<std::uint64_t>(row->integer(1))},
                    std::string(row->text(2)), std::string(row->text(3)),
                    WallTime{row->integer(4)}};
}

std::string set_aside_name(const std::string& library) {
  for (int n = 1;; ++n) {
    std::string name = fmt::format("{}.damaged-{}", library, n);
    if (!file_exists(name)) return name;
  }
}

// The log goes first: a crash in between leaves a library.db that is damaged still, and is set
// aside again.
Result<std::string> set_aside(const std::string& library) {
  std::string to = set_aside_name(library);
  if (file_exists(library + "-wal")) {
    auto moved = rename_durably(library + "-wal", to + "-wal", true);
    if (!moved) return std::unexpected(moved.error());
  }
  remove_quietly(library + "-shm");
  if (file_exists(library)) {
    auto moved = rename_durably(library, to, false);
    if (!moved) return std::unexpected(moved.error());
  }
  return to;
}

Result<Opened> open_library(const DataDir& dir, const Schema& schema,
                            std::vector<std::string>& warnings) {
  auto opened = open_database(dir, schema);
  if (opened || opened.error().code != Code::corrupt) return opened;
  auto aside = set_aside(dir.library());
  if (!aside) return std::unexpected(aside.error());
  warnings.push_back(fmt::format("{}; it was moved to {} and the library is made again by a scan",
                                 opened.error().text, *aside));
  return open_database(dir, schema);
}

void warn_of_migration(const Schema& schema, const Opened& opened,
                       std::vector<std::string>& warnings) {
  if (opened.created || opened.migrated.ran == 0) return;
  warnings.push_back(fmt::format("{}.db was updated from version {} to {}; the old one is {}",
                                 schema.name, opened.migrated.from, opened.migrated.to,
                                 opened.migrated.backup));
}

}  // namespace

bool is_write(const StoreRequest& request) {
  return std::holds_alternative<SetMeta>(request) || std::holds_alternative<SaveGroup>(request) ||
         std::holds_alternative<ForgetGroup>(request);
}

Base base_of(const StoreRequest& request) {
  auto* set = std::get_if<SetMeta>(&request);
  return set != nullptr ? set->base : Base::house;
}

StoreReader::StoreReader(std::string dir, std::string program, Database house, Database library)
    : dir_(std::move(dir)),
      program_(std::move(program)),
      house_(std::move(house)),
      library_(std::move(library)),
      house_inode_(inode(house_.path())) {}

Result<StoreReader> StoreReader::open(const std::string& data_dir, std::string program) {
  auto house = tutti::shell::open_reader(data_dir + "/house.db");
  if (!house) return std::unexpected(house.error());
  auto library = tutti::shell::open_reader(data_dir + "/library.db");
  if (!library) return std::unexpected(library.error());
  auto attached = attach_house(*library, data_dir + "/house.db");
  if (!attached) return std::unexpected(attached.error());
  StoreReader reader(data_dir, std::move(program), std::move(*house), std::move(*library));
  reader.hand_over();
  return reader;
}

void StoreReader::take_over() {
  house_.take_over();
  library_.take_over();
}

void StoreReader::hand_over() {
  house_.hand_over();
  library_.hand_over();
}

Result<AccountRow> StoreReader::local_account() { return read_local_account(house_); }

Result<std::string> StoreReader::meta(Base base, const std::string& key) {
  auto row = database(base).query("SELECT value FROM meta WHERE key = ?", key);
  if (!row) return std::unexpected(row.error());
  auto found = row->step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(Code::not_found, "nothing is stored as " + key);
  return std::string(row->text(0));
}

Result<void> StoreReader::check_health() {
  if (house_inode_ == 0 || inode(house_.path()) != house_inode_) {
    return fail(Code::unavailable, house_.path() + " was moved or replaced while the server runs",
                "restart the server");
  }
  for (Base base : {Base::house, Base::library}) {
    auto read = database(base).number("SELECT count(*) FROM meta");
    if (!read) return std::unexpected(read.error());
  }
  std::int64_t free = free_bytes(dir_);
  if (free >= 0 && free < kFreeBytesNeeded) {
    return fail(Code::no_space,
                fmt::format("the disk of {} is full ({} KiB free)", dir_, free / 1024),
                "free space on this disk; what was stored before is safe");
  }
  return {};
}

Result<StoreSizes> StoreReader::sizes() const {
  auto with_log = [](const std::string& path) {
    return file_size(path) + file_size(path + "-wal");
  };
  return StoreSizes{with_log(house_.path()), with_log(library_.path()), free_bytes(dir_)};
}

Result<BackupReport> StoreReader::backup(const std::string& file,
                                         const BackupOptions& options) const {
  return make_backup(dir_, file, program_, options);
}

// An answer of any kind as one of them.
template <class T>
static Result<StoreAnswer> answer(Result<T> result) {
  if (!result) return std::unexpected(result.error());
  if constexpr (std::is_void_v<T>) return Stored{};
  else return StoreAnswer(std::move(*result));
}

static std::unexpected<Error> write_sent_to_reader() {
  return fail(Code::internal, "a write was sent to a reader");
}

Result<std::vector<GroupRow>> StoreReader::groups() {
  std::vector<GroupRow> out;
  auto read = each_row(
      house_.prepare("SELECT group_id, name, queue, playback FROM groups ORDER BY created_at, "
                     "group_id"),
      [&](const Statement& row) {
        out.push_back({row.id<GroupId>(0), std::string(row.text(1)),
                       std::string(as_text(row.bytes(2))), std::string(as_text(row.bytes(3)))});
      });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<StoreAnswer> StoreReader::run(const StoreRequest& request) {
  using Answer = Result<StoreAnswer>;
  auto get_meta = [this](const GetMeta& get) -> Answer {
    auto value = meta(get.base, get.key);
    if (!value) return std::unexpected(value.error());
    return MetaValue{*value};
  };
  return std::visit(
      Overloaded{
          [this](const GetLocalAccount&) { return answer(local_account()); },
          get_meta,
          [](const SetMeta&) -> Answer { return write_sent_to_reader(); },
          [this](const CheckHealth&) { return answer(check_health()); },
          [this](const GetSizes&) { return answer(sizes()); },
          [this](const MakeBackup& make) { return answer(backup(make.file, make.options)); },
          [this](const LoadGroups&) { return answer(groups()); },
          [](const SaveGroup&) -> Answer { return write_sent_to_reader(); },
          [](const ForgetGroup&) -> Answer { return write_sent_to_reader(); },
      },
      request);
}

Store::Store(std::string dir, std::string program, Database house, Database library,
             Database house_view, Database library_view)
    : dir_(std::move(dir)),
      program_(std::move(program)),
      house_(std::move(house)),
      library_(std::move(library)),
      house_view_(std::move(house_view)),
      library_view_(std::move(library_view)) {}

Result<Store> Store::open(const DataDir& dir, StoreOptions options) {
  std::vector<std::string> warnings;
  dir.sweep();
  bool lived_in = file_exists(dir.library());
  auto house = open_database(dir, options.house);
  if (!house) return std::unexpected(house.error());
  if (house->created && lived_in) {
    warnings.push_back(fmt::format(
        "{} was missing and a new, empty one was made; if that is a surprise, bring back a "
        "backup with `tutti restore FILE --data {}`",
        dir.house(), dir.path()));
  }
  warn_of_migration(options.house, *house, warnings);
  auto library = open_library(dir, options.library, warnings);
  if (!library) return std::unexpected(library.error());
  warn_of_migration(options.library, *library, warnings);
  // A scan writes at many places at once: it is cheaper with more pages at hand and fewer of its
  // pages copied into the database again and again. Memory that is only taken while it is written.
  auto tuned =
      library->database.exec("PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 4000");
  if (!tuned) return std::unexpected(tuned.error());
  auto house_view = tutti::shell::open_reader(dir.house());
  if (!house_view) return std::unexpected(house_view.error());
  auto library_view = tutti::shell::open_reader(dir.library());
  if (!library_view) return std::unexpected(library_view.error());
  auto attached = attach_house(*library_view, dir.house());
  if (!attached) return std::unexpected(attached.error());
  Store store(dir.path(), std::move(options.program), std::move(house->database),
              std::move(library->database), std::move(*house_view), std::move(*library_view));
  store.warnings_ = std::move(warnings);
  store.hand_over();
  return store;
}

void Store::take_over() {
  for (Database* each : {&house_, &library_, &house_view_, &library_view_}) each->take_over();
}

void Store::hand_over() {
  house_.hand_over();
  library_.hand_over();
  house_view_.hand_over();
  library_view_.hand_over();
}

Result<FolderId> Store::folder_id(const std::string& path, Random& random) {
  auto made = house_.execute("INSERT OR IGNORE INTO folders(folder, path) VALUES (?, ?)",
                             random.id<FolderId>(), as_bytes(path));
  if (!made) return std::unexpected(made.error());
  auto row = house_.query("SELECT folder FROM folders WHERE path = ?", as_bytes(path));
  if (!row) return std::unexpected(row.error());
  auto found = row->step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(Code::conflict, "the folder got no id", "try again");
  return row->id<FolderId>(0);
}

Result<StoreReader> Store::open_reader() const { return StoreReader::open(dir_, program_); }

Result<AccountRow> Store::local_account() { return read_local_account(house_); }

Result<void> Store::set_meta(Base base, const std::string& key, const std::string& value) {
  return database(base).execute(
      "INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = "
      "excluded.value",
      key, value);
}

Result<BackupReport> Store::backup(const std::string& file, const BackupOptions& options) const {
  return make_backup(dir_, file, program_, options);
}

Result<StoreAnswer> Store::run(const StoreRequest& request) {
  if (const auto* set = std::get_if<SetMeta>(&request))
    return answer(set_meta(set->base, set->key, set->value));
  if (const auto* save = std::get_if<SaveGroup>(&request)) {
    if (save->queue)
      return answer(house_.execute(
          "INSERT INTO groups(group_id, name, queue, playback, created_at, updated_at) VALUES "
          "(?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT DO UPDATE SET name = ?2, queue = ?3, playback = "
          "?4, updated_at = ?5",
          save->group, save->name, as_bytes(*save->queue), as_bytes(save->playback), save->now.us));
    return answer(house_.execute(
        "UPDATE groups SET name = ?2, playback = ?3, updated_at = ?4 WHERE group_id = ?1",
        save->group, save->name, as_bytes(save->playback), save->now.us));
  }
  if (const auto* forget = std::get_if<ForgetGroup>(&request))
    return answer(house_.execute("DELETE FROM groups WHERE group_id = ?", forget->group));
  return fail(Code::internal, "a read was sent to the writer");
}

}  // namespace tutti::shell
