#pragma once
// Putting the library in order behind a scan, in pieces of one short transaction each.

#include <unordered_map>
#include <vector>

#include "shell/store/library_batch.hpp"

namespace tutti::shell {

// Thread: store (the library's writer).
class LibraryTidy {
 public:
  LibraryTidy(Database& library, Database& house, LibraryBatches& batches, WritePace pace)
      : library_(library), house_(house), batches_(batches), pace_(std::move(pace)) {}
  // One piece. False: nothing was left to do.
  Result<bool> step();

 private:
  struct Wanted {  // a search row that belongs elsewhere
    SearchKind kind;
    std::int64_t item;
    std::int64_t row;
    int search_class;
  };
  struct Orphan {
    SearchKind kind;
    std::int64_t item;
    std::int64_t row;
  };
  Result<bool> needed();
  Result<void> plan();
  Result<void> plan_orphans();
  Result<void> plan_sizes(SearchKind kind, const char* sql);
  Result<void> plan_plays();
  Result<void> work_off();
  Result<void> reorder(const Wanted& wanted);
  Result<void> take_out(const Orphan& orphan);
  Result<bool> merge_some();
  Result<void> finish();

  Database& library_;
  Database& house_;
  LibraryBatches& batches_;
  WritePace pace_;
  enum class Phase : std::uint8_t { idle, rows, merging } phase_ = Phase::idle;
  bool touched_ = false;  // the library changed since it was tidy last
  std::vector<Orphan> orphans_;
  std::vector<Wanted> wanted_;
};

}  // namespace tutti::shell
