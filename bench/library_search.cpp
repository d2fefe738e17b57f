#include "bench/library_search.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "bench/library_maker.hpp"
#include "core/base/random.hpp"
#include "core/base/utf8.hpp"
#include "shell/store/library_writer.hpp"
#include "shell/store/store.hpp"

namespace tutti::bench {
namespace {

using shell::Base;
using shell::LibraryWriter;

constexpr int kQueries = 120;     // texts that are typed, letter by letter, in each run
constexpr int kLikeQueries = 20;  // of them asked with LIKE
constexpr std::size_t kBatch = shell::kScanBatchRows;

double now_s(clockid_t clock) {
  timespec at{};
  ::clock_gettime(clock, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

// Removes itself.
struct TempDir {
  TempDir() {
    path = (std::filesystem::temp_directory_path() / "tutti-bench-XXXXXX").string();
    made = ::mkdtemp(path.data()) != nullptr;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    if (made) std::filesystem::remove_all(path, ignored);
  }
  std::string path;
  bool made = false;
};

struct Written {
  std::int64_t tracks = 0;
  double cpu_us = 0;  // for each
  std::vector<double> transaction_ms;
};

Result<Written> fill(shell::Store& store, LibraryMaker& maker, std::int64_t wanted) {
  SeededRandom random(1);
  LibraryWriter writer(store.database(Base::library), store.house_view(), random);
  auto folder = store.folder_id("/music", random);
  if (!folder) return std::unexpected(folder.error());
  auto added = writer.add_folder(*folder, "/music", "music");
  if (!added) return std::unexpected(added.error());
  Written out;
  double cpu = 0;
  library::ScanBatch batch;
  batch.folder = *folder;
  while (out.tracks < wanted) {
    for (library::ScannedFile& file : maker.album()) batch.upserts.push_back(std::move(file));
    // Whole albums; one more could be too many.
    if (batch.upserts.size() + LibraryMaker::kMostTracks <= kBatch) continue;
    double cpu_begin = now_s(CLOCK_THREAD_CPUTIME_ID);
    for (std::size_t next = 0; next < batch.upserts.size();) {
      double begin = now_s(CLOCK_MONOTONIC);
      auto part = writer.write_part(batch, next, WallTime{1'700'000'000'000'000 + out.tracks});
      if (!part) return std::unexpected(part.error());
      out.transaction_ms.push_back((now_s(CLOCK_MONOTONIC) - begin) * 1e3);
      out.tracks += part->sums.added;
      next = part->next;
    }
    cpu += now_s(CLOCK_THREAD_CPUTIME_ID) - cpu_begin;
    batch.upserts.clear();
  }
  for (Result<bool> more = true; more && *more;) {
    more = writer.tidy();
    if (!more) return std::unexpected(more.error());
  }
  out.cpu_us = cpu / static_cast<double>(out.tracks) * 1e6;
  return out;
}

double percentile(std::vector<double> sorted, double share) {
  if (sorted.empty()) return 0;
  std::sort(sorted.begin(), sorted.end());
  auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

// CPU milliseconds of each keystroke, by how many letters stand there; the last class has all
// longer ones.
constexpr std::size_t kLengths = 9;
struct Typed {
  std::vector<double> by_length[kLengths];
  std::vector<double> all;
};

Result<void> type(shell::StoreReader& reader, AccountId account, const std::string& text,
                  Typed& out) {
  std::size_t letters = 0;
  for (std::string_view rest = text; !rest.empty();) {
    rest.remove_prefix(std::max<std::size_t>(utf8_sequence(rest), 1));
    ++letters;
    library::Search query;
    query.text = text.substr(0, text.size() - rest.size());
    double begin = now_s(CLOCK_THREAD_CPUTIME_ID);
    auto answer = reader.ask({account, query, WallTime{1}});
    double ms = (now_s(CLOCK_THREAD_CPUTIME_ID) - begin) * 1e3;
    if (!answer) return std::unexpected(answer.error());
    out.all.push_back(ms);
    out.by_length[std::min(letters, kLengths) - 1].push_back(ms);
  }
  return {};
}

// What a library without an index does: every row looked at with LIKE.
Result<double> like_ms(shell::Database& library, const std::string& text) {
  std::string pattern = "%" + text + "%";
  double begin = now_s(CLOCK_THREAD_CPUTIME_ID);
  auto rows = library.query(
      "SELECT id, title, artists, album_title FROM tracks WHERE title LIKE ?1 OR artists LIKE ?1 "
      "OR album_title LIKE ?1 ORDER BY sort_key LIMIT 20",
      pattern);
  if (!rows) return std::unexpected(rows.error());
  auto run = rows->run();
  if (!run) return std::unexpected(run.error());
  return (now_s(CLOCK_THREAD_CPUTIME_ID) - begin) * 1e3;
}

Row row_of(std::string key, std::string what, std::string unit) {
  Row row;
  row.key = std::move(key);
  row.what = std::move(what);
  row.unit = std::move(unit);
  return row;
}

struct Runs {
  std::vector<double> median[kLengths + 1];
  std::vector<double> p99[kLengths + 1];
  std::vector<double> most[kLengths + 1];
  std::vector<double> like;
  void add(const Typed& typed) {
    for (std::size_t i = 0; i <= kLengths; ++i) {
      const std::vector<double>& samples = i < kLengths ? typed.by_length[i] : typed.all;
      median[i].push_back(percentile(samples, 0.5));
      p99[i].push_back(percentile(samples, 0.99));
      most[i].push_back(percentile(samples, 1));
    }
  }
};

void add_rows(const Runs& runs, Report& report) {
  for (std::size_t i = 0; i <= kLengths; ++i) {
    bool all = i == kLengths;
    std::string key = all ? "all" : fmt::format("letters_{}", i + 1);
    std::string what = all                 ? "any keystroke"
                       : i + 1 == kLengths ? fmt::format("{} letters and more", i + 1)
                                           : fmt::format("{} letter{}", i + 1, i > 0 ? "s" : "");
    Row middle = row_of(key + "_median", what + ", median", "ms");
    middle.ours = runs.median[i];
    Row p99 = row_of(key + "_p99", what + ", 99th percentile", "ms");
    p99.ours = runs.p99[i];
    Row most = row_of(key + "_max", what + ", slowest", "ms");
    most.ours = runs.most[i];
    if (all) {
      p99.target = 2;
      middle.peer = "LIKE";
      middle.theirs = runs.like;
    }
    report.rows.push_back(std::move(middle));
    report.rows.push_back(std::move(p99));
    report.rows.push_back(std::move(most));
  }
}

Result<Runs> measure(shell::Store& store, LibraryMaker& maker, int runs) {
  Runs out;
  auto reader = store.open_reader();
  if (!reader) return std::unexpected(reader.error());
  auto account = store.local_account();
  if (!account) return std::unexpected(account.error());
  for (int run = 0; run < runs; ++run) {
    Typed typed;
    std::vector<double> like;
    for (int query = 0; query < kQueries; ++query) {
      std::string text = maker.something_to_find();
      auto done = type(*reader, account->account, text, typed);
      if (!done) return std::unexpected(done.error());
      if (query >= kLikeQueries) continue;
      auto ms = like_ms(store.database(Base::library), text);
      if (!ms) return std::unexpected(ms.error());
      like.push_back(*ms);
    }
    out.add(typed);
    out.like.push_back(percentile(like, 0.5));
  }
  return out;
}

}  // namespace

Result<Report> bench_search(const BenchOptions& options) {
  TempDir temp;
  if (!temp.made) return fail(Code::io, "cannot make a folder for the measurement");
  auto dir = shell::DataDir::lock(temp.path + "/data");
  if (!dir) return std::unexpected(dir.error());
  auto store = shell::Store::open(*dir);
  if (!store) return std::unexpected(store.error());
  LibraryMaker maker(5);
  auto written = fill(*store, maker, options.tracks);
  if (!written) return std::unexpected(written.error());
  auto runs = measure(*store, maker, options.runs);
  if (!runs) return std::unexpected(runs.error());
  Report report;
  report.name = "search";
  Row write = row_of("write_cpu", "writing a track of a first scan, CPU", "us");
  write.ours = {written->cpu_us};
  Row usual = row_of("transaction", "a transaction of a first scan, median", "ms");
  usual.ours = written->transaction_ms;
  Row slow = row_of("transaction_p99", "a transaction of a first scan, 99th percentile", "ms");
  slow.ours = {percentile(written->transaction_ms, 0.99)};
  slow.target = 20;
  Row slowest = row_of("transaction_max", "a transaction of a first scan, slowest", "ms");
  slowest.ours = {percentile(written->transaction_ms, 1)};
  report.rows = {std::move(write), std::move(usual), std::move(slow), std::move(slowest)};
  add_rows(*runs, report);
  report.notes = {
      fmt::format("{} made-up tracks; {} texts typed letter by letter a run; CPU time of "
                  "the whole answer: artists, albums, tracks",
                  written->tracks, kQueries),
      "LIKE: three columns of the same database looked through for the whole text"};
  return report;
}

}  // namespace tutti::bench
