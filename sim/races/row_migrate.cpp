// Migrate, report 002 (Dimension 4, "inter-process migration_lock", "double-check version re-read",
// "SQLite Online Backup API", migration_manager.py:34-116, 349, 423-426): safe in the report; the
// wrong variant is the code before: no lock between processes and no second look at the version.
// The storage is a small state machine, and a process or the power may end at any step.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

constexpr int kNone = -1;
constexpr int kMigrated = 2;  // statements of the migration, each its own transaction

struct Migrate : explore::Actors<Migrate> {
  const bool repaired;
  Cell<int> schema{"schema", 0};         // statements that were applied
  Cell<bool> version{"version", false};  // whether it is the new one
  Cell<int> backup{"backup", kNone};     // the schema in it
  Cell<int> lock{"migration_lock", kNone};

  explicit Migrate(bool twin) : repaired(twin) {
    static constexpr Step kMigrate[] = {
        {"reads the version", [](Migrate& m) { m.begin(); },
         [](const Migrate& m) { return !m.repaired || m.lock == kNone; }},
        // Process boundary between all of these.
        {"backs the database up", [](Migrate& m) { m.back_up(); }},
        {"applies the first statement", [](Migrate& m) { m.apply(); }},
        {"applies the second statement", [](Migrate& m) { m.apply(); }},
        {"writes the version", [](Migrate& m) { m.end(); }},
    };
    // A lock of the kernel goes with its process.
    static constexpr Step kKill[] = {
        {"kills the first process", [](Migrate& m) { m.kill(0); }},
    };
    static constexpr Step kPower[] = {
        {"fails", [](Migrate& m) { m.kill(0), m.kill(1); }},
    };
    actor("first process", kMigrate);
    actor("second process", kMigrate);
    actor("user", kKill);
    actor("power", kPower);
  }
  void begin() {
    // The fix: behind the lock, so that this is the second look at the version.
    if (version) {
      if (repaired && !finished(1 - self())) witness("the other process finds it migrated");
      return finish();
    }
    if (repaired) lock = static_cast<int>(self());
  }
  void back_up() {
    if (repaired && backup != kNone && schema != backup) {
      witness("a migration that stopped half-way is put back");
      schema = backup;
    }
    backup = schema;
  }
  void apply() {
    schema += 1;
    require(schema <= kMigrated, "a statement applied twice: duplicate column");
  }
  void end() {
    version = true;
    if (repaired) lock = kNone;
  }
  void kill(explore::ActorId process) {
    cancel(process);
    if (lock == static_cast<int>(process)) lock = kNone;
  }
  std::string_view over() const override {
    bool whole = schema.unrecorded() == (version.unrecorded() ? kMigrated : 0);
    return whole || backup.unrecorded() == 0 ? "" : "half migrated, and the backup is, too";
  }
  void state(StateWriter& out) const { put(out, schema, version, backup, lock); }
};

}  // namespace

Row row_migrate() {
  Row row{"migrate", "002", "T", "two processes migrate one database",
          "two processes migrate once; a failing migration leaves the backup"};
  row.wrong = explore::scenario<Migrate>("migrate wrong", {}, false);
  row.repaired = explore::scenario<Migrate>(
      "migrate repaired", {"a migration that stopped half-way is put back"}, true);
  row.tested = "shell/store: \"migrate: of two processes that open one directory, one migrates\"";
  row.unguarded = "SQLite's write lock, and the version read again under it";
  return row;
}

}  // namespace tutti::races
