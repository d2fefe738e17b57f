#include "shell/store/library_tidy.hpp"

#include "shell/store/library_writer.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

constexpr std::int64_t kFavouriteWeight = 8;  // a favourite counts like so many plays
constexpr int kMergePages = 32;               // of 4 KiB, in a piece

constexpr const char* kMerge[] = {
    "INSERT INTO track_words(track_words, rank) VALUES ('merge', ?)",
    "INSERT INTO artist_words(artist_words, rank) VALUES ('merge', ?)",
    "INSERT INTO album_words(album_words, rank) VALUES ('merge', ?)"};
constexpr const char* kMoveRow[] = {
    "UPDATE tracks SET search_row = ?1 WHERE track = ?2 AND search_row = ?3",
    "UPDATE artists SET search_row = ?1 WHERE id = ?2 AND search_row = ?3",
    "UPDATE albums SET search_row = ?1 WHERE id = ?2 AND search_row = ?3"};
constexpr const char* kWordsOf[] = {"SELECT words FROM search_tracks WHERE id = ?",
                                    "SELECT words FROM search_artists WHERE id = ?",
                                    "SELECT words FROM search_albums WHERE id = ?"};
constexpr const char* kDropOrphan[] = {
    nullptr,
    "DELETE FROM artists WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM credits WHERE artist = ?1)",
    "DELETE FROM albums WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM tracks WHERE album = ?1)"};

std::size_t index_of(SearchKind kind) { return static_cast<std::size_t>(kind); }

}  // namespace

Result<bool> LibraryTidy::needed() {
  TRY_LET(marked,
          library_.number("SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'library.untidy')"));
  return marked != 0;
}

Result<void> LibraryTidy::plan_orphans() {
  auto collect = [this](SearchKind kind) {
    return [this, kind](const Statement& row) {
      orphans_.push_back({kind, row.integer(0), row.integer(1)});
    };
  };
  TRY(each_row(library_.prepare("SELECT id, search_row FROM artists a WHERE NOT EXISTS (SELECT 1 "
                                "FROM credits WHERE artist = a.id)"),
               collect(SearchKind::artists)));
  return each_row(library_.prepare("SELECT id, search_row FROM albums a WHERE NOT EXISTS (SELECT 1 "
                                   "FROM tracks WHERE album = a.id)"),
                  collect(SearchKind::albums));
}

Result<void> LibraryTidy::plan_sizes(SearchKind kind, const char* sql) {
  return each_row(library_.prepare(sql), [&](const Statement& row) {
    int wanted = search_class(row.integer(2));
    if (wanted != class_of_row(row.integer(1)))
      wanted_.push_back({kind, row.integer(0), row.integer(1), wanted});
  });
}

// Tracks and albums by what all accounts played and like, and back where nothing speaks for them
// any more.
Result<void> LibraryTidy::plan_plays() {
  std::unordered_map<std::int64_t, std::int64_t> weights;
  TRY(each_row(house_.prepare("SELECT track, sum(plays) FROM play_counts GROUP BY track"),
               [&](const Statement& row) { weights[row.integer(0)] += row.integer(1); }));
  TRY(each_row(
      house_.prepare("SELECT item, count(*) FROM favourites WHERE kind = 0 GROUP BY item"),
      [&](const Statement& row) { weights[row.integer(0)] += kFavouriteWeight * row.integer(1); }));
  std::int64_t promoted_end = std::int64_t{kSearchClasses - 1} << kSearchClassShift;
  TRY(each_row(library_.query("SELECT item FROM search_tracks WHERE id < ?", promoted_end),
               [&](const Statement& row) { weights.try_emplace(row.integer(0), 0); }));
  std::unordered_map<std::int64_t, std::int64_t> albums;
  for (const auto& [track, weight] : weights) {
    TRY(one_row(library_.query("SELECT search_row, album FROM tracks WHERE track = ?", track),
                [&, item = track, plays = weight](const Statement& row) {
                  int wanted = search_class(plays);
                  if (wanted != class_of_row(row.integer(0)))
                    wanted_.push_back({SearchKind::tracks, item, row.integer(0), wanted});
                  if (!row.is_null(1)) albums[row.integer(1)] += plays;
                }));
  }
  for (const auto& [album, weight] : albums) {
    TRY(one_row(library_.query("SELECT search_row FROM albums WHERE id = ?", album),
                [&, item = album, plays = weight](const Statement& row) {
                  int wanted = search_class(plays);
                  if (wanted != class_of_row(row.integer(0)))
                    wanted_.push_back({SearchKind::albums, item, row.integer(0), wanted});
                }));
  }
  return {};
}

Result<void> LibraryTidy::plan() {
  TRY_LET(marked, needed());
  touched_ = marked;
  batches_.begin_tidy();
  if (touched_) {
    TRY(plan_orphans());
    TRY(plan_sizes(SearchKind::artists,
                   "SELECT a.id, a.search_row, count(*) FROM credits c JOIN artists a ON a.id = "
                   "c.artist GROUP BY c.artist"));
  }
  return plan_plays();
}

Result<void> LibraryTidy::take_out(const Orphan& orphan) {
  TRY(library_.execute(kDropOrphan[index_of(orphan.kind)], orphan.item));
  if (library_.changes() == 0) return {};  // it has tracks again
  LibraryNames& names = batches_.names();
  (orphan.kind == SearchKind::artists ? names.artists() : names.albums()).remove(orphan.row);
  return {};
}

Result<void> LibraryTidy::reorder(const Wanted& wanted) {
  LibraryNames& names = batches_.names();
  SearchIndex& index = wanted.kind == SearchKind::tracks    ? batches_.tracks()
                       : wanted.kind == SearchKind::artists ? names.artists()
                                                            : names.albums();
  std::string words;
  TRY_LET(found, one_row(library_.query(kWordsOf[index_of(wanted.kind)], wanted.row),
                         [&](const Statement& row) { words = row.text(0); }));
  TRY_LET(row, index.next_row(library_, wanted.search_class));
  TRY(library_.execute(kMoveRow[index_of(wanted.kind)], row, wanted.item, wanted.row));
  if (!found || library_.changes() == 0) return {};  // gone since it was planned
  index.remove(wanted.row);
  index.put(row, wanted.item, std::move(words));
  return {};
}

Result<void> LibraryTidy::work_off() {
  pace_.begin();
  TRY_LET(transaction, Transaction::begin(library_));
  // Two writes to the index each; a piece stays below what a batch may take.
  for (std::size_t n = 0; n < kScanBatchRows / 2 && !(orphans_.empty() && wanted_.empty()); ++n) {
    if (n > 0 && pace_.is_full()) break;
    if (!orphans_.empty()) {
      TRY(take_out(orphans_.back()));
      orphans_.pop_back();
    } else {
      TRY(reorder(wanted_.back()));
      wanted_.pop_back();
    }
  }
  pace_.rows_done();
  TRY(batches_.flush());
  TRY(transaction.commit());
  pace_.committed();
  return {};
}

Result<bool> LibraryTidy::merge_some() {
  for (const char* sql : kMerge) {
    TRY_LET(before, library_.number("SELECT total_changes()"));
    TRY(library_.execute(sql, kMergePages));
    TRY_LET(after, library_.number("SELECT total_changes()"));
    if (after - before >= 2) return true;  // https://sqlite.org/fts5.html#the_merge_command
  }
  return false;
}

Result<void> LibraryTidy::finish() {
  if (batches_.wrote_since_tidy()) return {};  // there will be more to do; the mark stays
  TRY(library_.execute(
      "DELETE FROM genres WHERE NOT EXISTS (SELECT 1 FROM track_genres WHERE genre = genres.id)"));
  batches_.names().forget();
  return library_.execute("DELETE FROM meta WHERE key = 'library.untidy'");
}

Result<bool> LibraryTidy::step() {
  if (phase_ == Phase::idle) {
    orphans_.clear();
    wanted_.clear();
    TRY(plan());
    phase_ = Phase::rows;
  }
  if (phase_ == Phase::rows && !(orphans_.empty() && wanted_.empty())) {
    auto done = work_off();
    batches_.forget();  // ids that were remembered may be gone, rows may have moved
    if (!done) {
      phase_ = Phase::idle;
      return std::unexpected(done.error());
    }
    return true;
  }
  phase_ = Phase::merging;
  if (touched_) {
    TRY_LET(more, merge_some());
    if (more) return true;
    TRY(finish());
  }
  phase_ = Phase::idle;
  return false;
}

}  // namespace tutti::shell
