// Guards: what was measured is kept by content, used before what files say of themselves, and never
// measured twice. How: a library as a scan writes it, moved, retagged, copied and changed.
#include "shell/store/library_measurements.hpp"

#include "shell/store/library_ask_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
using namespace tutti::library;

namespace {

struct MeasureKit : AskKit {
  explicit MeasureKit(const std::string& path) : AskKit(path) {}
  LibraryMeasurements store{writer_kit.store.database(Base::library), 1};

  // A whole pass, by path.
  std::vector<std::string> unmeasured() {
    std::vector<std::string> out;
    MeasureCursor at;
    for (;;) {
      auto found = store.next(at);
      REQUIRE_MESSAGE(found, said(found));
      for (const UnmeasuredTrack& track : found->tracks) out.push_back(track.path);
      if (!found->more) return out;
      at = found->next;
    }
  }
  void put(std::uint64_t content, std::optional<double> lufs, double peak) {
    auto done =
        store.put({{{content_of(content), lufs, peak, std::to_string(content)}}, {}}, kScanTime);
    REQUIRE_MESSAGE(done, said(done));
  }
  std::vector<AlbumId> albums() {
    std::vector<AlbumId> out;
    AlbumId at;
    for (;;) {
      auto found = store.albums(at);
      REQUIRE_MESSAGE(found, said(found));
      out.insert(out.end(), found->albums.begin(), found->albums.end());
      if (!found->next) return out;
      at = *found->next;
    }
  }
  std::multiset<std::string> parts(AlbumId album) {
    std::multiset<std::string> out;
    REQUIRE(store.parts(album, [&](double, std::string_view blocks) { out.emplace(blocks); }));
    return out;
  }
  void settle_all() {
    for (AlbumId album : albums()) REQUIRE(store.settle(album, AlbumLoudness{album, -20.0, 0.9}));
  }
  play::Loudness loudness(std::uint64_t content) {
    auto facts = reader().facts(local(), std::vector{writer_kit.only(content).track});
    REQUIRE(facts);
    REQUIRE(facts->size() == 1);
    return facts->front().loudness;
  }
  MeasureCounts counts() {
    auto found = store.counts();
    REQUIRE_MESSAGE(found, said(found));
    return *found;
  }
  ScanBatch batch() {
    ScanBatch made;
    made.folder = writer_kit.folder;
    return made;
  }
};

}  // namespace

TEST_CASE("measurements: each track is offered until it was dealt with, its copies with it") {
  TempDir temp;
  MeasureKit kit(temp / "data");
  kit.writer_kit.add(
      {made_file("a", "1.flac", 1), made_file("a", "2.flac", 2), made_file("b", "copy.flac", 1)});
  CHECK(kit.unmeasured() == std::vector<std::string>{"/music/a/1.flac", "/music/a/2.flac"});
  CHECK(kit.counts().to_measure == 3);
  kit.put(1, -12, 0.5);
  CHECK(kit.unmeasured() == std::vector<std::string>{"/music/a/2.flac"});
  CHECK(kit.counts().measured == 2);
  kit.put(2, {}, 0);
  CHECK(kit.unmeasured().empty());
  CHECK(kit.counts().to_measure == 0);
  LibraryMeasurements later(kit.writer_kit.store.database(Base::library), 2);
  auto again = later.next({});
  REQUIRE(again);
  CHECK(again->tracks.empty());  // none is of no version
  REQUIRE(again->more);
  again = later.next(again->next);
  REQUIRE(again);
  CHECK(again->tracks.size() == 2);
  CHECK_FALSE(again->more);
  CHECK(kit.loudness(2).track_lufs == std::nullopt);
}

TEST_CASE("measurements: a file that moved, was retagged or came back is not measured again") {
  TempDir temp;
  MeasureKit kit(temp / "data");
  kit.writer_kit.add({made_file("a", "1.flac", 1), made_file("a", "2.flac", 2)});
  kit.put(1, -12, 0.5);
  kit.put(2, -13, 0.5);
  ScanBatch batch = kit.batch();
  batch.upserts = {made_file("a", "2.flac", 2), made_file("z", "9.flac", 1)};
  batch.upserts[1].track = kit.writer_kit.only(1).track;
  batch.upserts[0].stamp.mtime_ns = 77;
  batch.upserts[0].tags.title = "Else";
  kit.writer_kit.write(batch);
  CHECK(kit.unmeasured().empty());
  CHECK(kit.loudness(1).track_lufs == -12.0);
  CHECK(kit.loudness(2).track_lufs == -13.0);
  batch = kit.batch();
  batch.removals = {{"a", "2.flac"}};
  kit.writer_kit.write(batch);
  kit.writer_kit.add({made_file("n", "2.flac", 2)});
  CHECK(kit.unmeasured().empty());
  kit.writer_kit.add({made_file("n", "2.flac", 3)});  // other sound in its place
  CHECK(kit.unmeasured() == std::vector<std::string>{"/music/n/2.flac"});
  kit.writer_kit.check_index();
}

TEST_CASE("measurements: what failed is noted with its reason, and tried again when it changed") {
  TempDir temp;
  MeasureKit kit(temp / "data");
  auto file = made_file("a", "1.flac", 1);
  kit.writer_kit.add({file});
  Error why{Code::corrupt, "its frames are nonsense \xff"};
  REQUIRE(kit.store.put({{}, {{file.content, file.stamp, why}}}, kScanTime));
  CHECK(kit.unmeasured().empty());
  CHECK(kit.writer_kit.store.database(Base::library).text("SELECT reason FROM unmeasurable") ==
        "its frames are nonsense \xef\xbf\xbd");
  ScanBatch moved = kit.batch();
  file.track = kit.writer_kit.only(1).track;
  file.directory = "b";
  moved.upserts = {file};
  kit.writer_kit.write(moved);
  CHECK(kit.unmeasured().empty());
  ++file.stamp.mtime_ns;
  kit.writer_kit.add({file});
  CHECK(kit.unmeasured().size() == 1);
  kit.put(1, -9, 1);
  CHECK(kit.writer_kit.count("unmeasurable") == 0);
}

TEST_CASE("measurements: what cannot be reached is not offered, and offered when it can") {
  TempDir temp;
  MeasureKit kit(temp / "data");
  kit.writer_kit.add({made_file("a", "1.flac", 1), made_file("a", "2.flac", 2)});
  ScanBatch away = kit.batch();
  away.unavailable = {{"a", "1.flac"}};
  kit.writer_kit.write(away);
  CHECK(kit.unmeasured() == std::vector<std::string>{"/music/a/2.flac"});
  CHECK(kit.counts().to_measure == 1);
  REQUIRE(kit.writer_kit.writer.set_available(kit.writer_kit.folder, false));
  CHECK(kit.unmeasured().empty());
  CHECK(kit.counts().to_measure == 0);
  REQUIRE(kit.writer_kit.writer.set_available(kit.writer_kit.folder, true));
  CHECK(kit.unmeasured().size() == 1);
}

TEST_CASE("measurements: an album is due when all of it is measured, and when it changes") {
  TempDir temp;
  MeasureKit kit(temp / "data");
  kit.writer_kit.add({made_file("a", "1.flac", 1), made_file("a", "2.flac", 2)});
  kit.put(1, -12, 0.5);
  CHECK(kit.albums().empty());
  kit.put(2, -12, 0.5);
  auto due = kit.albums();
  REQUIRE(due.size() == 1);
  CHECK(kit.parts(due[0]) == std::multiset<std::string>{"1", "2"});
  kit.settle_all();
  CHECK(kit.albums().empty());
  CHECK(kit.loudness(1).album_lufs == -20.0);
  ScanBatch gone = kit.batch();
  gone.removals = {{"a", "2.flac"}};
  kit.writer_kit.write(gone);
  CHECK(kit.albums() == due);
  CHECK(kit.parts(due[0]) == std::multiset<std::string>{"1"});
  kit.settle_all();
  kit.writer_kit.add({made_file("a", "3.flac", 3)});
  CHECK(kit.albums().empty());
  REQUIRE(kit.store.put({{}, {{content_of(3), made_file("", "", 3).stamp, {Code::io, "x"}}}},
                        kScanTime));
  CHECK(kit.albums() == due);  // what cannot be decoded does not keep the rest from it
  kit.settle_all();
  auto other = made_file("a", "1.flac", 1);
  other.tags.album = "Other";  // retagged: both albums change
  kit.writer_kit.add({other});
  CHECK(kit.unmeasured().empty());
  CHECK(kit.albums().size() == 2);
  kit.settle_all();
  gone.removals = {{"a", "1.flac"}, {"a", "3.flac"}};
  kit.writer_kit.write(gone);
  kit.writer_kit.tidy();
  CHECK(kit.writer_kit.count("album_loudness") == 0);
  for (AlbumId album : kit.albums()) {
    CHECK(kit.parts(album).empty());
    REQUIRE(kit.store.settle(album, {}));
  }
  CHECK(kit.albums().empty());
}

TEST_CASE("facts: what was measured goes before tags, field by field") {
  TempDir temp;
  MeasureKit kit(temp / "data");
  auto file = made_file("a", "1.flac", 1);
  file.tags.gain = {-6.0, -5.0, 0.7, 0.8};
  kit.writer_kit.add({file});
  CHECK(kit.loudness(1) == play::Loudness{-12.0, -13.0, 0.7, 0.8});
  kit.put(1, -10, 0.6);
  CHECK(kit.loudness(1) == play::Loudness{-10.0, -13.0, 0.6, 0.8});
  kit.settle_all();
  CHECK(kit.loudness(1) == play::Loudness{-10.0, -20.0, 0.6, 0.9});
  kit.put(1, {}, 0);
  CHECK(kit.loudness(1).track_lufs == -12.0);
}

TEST_CASE("measurements: those of no track are forgotten once they outnumber the tracks") {
  TempDir temp;
  MeasureKit kit(temp / "data");
  kit.add_many(5);
  for (std::uint64_t n = 0; n < 3 * kMeasureBatch; ++n) kit.put(n, -10, 1);
  while (*kit.store.forget_some()) {
  }
  CHECK(kit.writer_kit.count("measurements") <= static_cast<std::int64_t>(kMeasureBatch) + 10);
  CHECK(kit.unmeasured().empty());
  CHECK(kit.loudness(4).track_lufs == -10.0);
}

TEST_CASE("measurements: the next ones cost what is looked at, not what there is") {
  TempDir temp;
  MeasureKit kit(temp / "data");
  auto rows = kit.view().query("EXPLAIN QUERY PLAN " + std::string(kNextUnmeasured), 0, 0, 1, 10);
  REQUIRE_MESSAGE(rows, said(rows));
  std::string plan;
  while (*rows->step()) plan += std::string(rows->text(3)) + "\n";
  CAPTURE(plan);
  CHECK(plan.find("SEARCH t USING INDEX tracks_by_measured (measured=? AND id>?)") == 0);
  CHECK(plan.find("SCAN") == plan.npos);
  CHECK(plan.find("TEMP B-TREE") == plan.npos);
}
