// Guards: the background pass: every track once, albums as one programme, what fails or hangs is
// passed over, what is more urgent goes first. How: a real store, loop and lanes; the sound of each
// file is made from its name, so that one can be endless, broken or hang.
#include "shell/app/measurer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "core/sound/gain.hpp"
#include "core/sound/loudness.hpp"
#include "shell/store/library_test_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

constexpr int kRate = 8000;

// What the sources do and count; they are used on workers.
struct Sounds {
  std::atomic<int> opened = 0;
  std::atomic<std::int64_t> frames = 0;
  std::atomic<bool> hang = true;
};

// Noise of 12 s at a level by the file's number; or what the name says.
class NamedSource : public render::Source {
 public:
  NamedSource(Sounds& sounds, std::string path) : sounds_(sounds), path_(std::move(path)) {
    info_.sample_rate = kRate;
    info_.channels = says("wide") ? 9 : 2;
    level_ = sound::from_db(-6.0 * (path_.back() - '0'));
  }
  const render::SourceInfo& info() const override { return info_; }
  Result<std::size_t> read(std::span<float> out) override {
    while (says("hang") && sounds_.hang) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (says("broken") && at_ > 5 * kRate) return fail(Code::corrupt, "nonsense");
    std::int64_t left = says("endless") ? kRate : 12 * kRate - at_;
    std::size_t n = std::min<std::size_t>(out.size() / 2, static_cast<std::size_t>(left));
    for (std::size_t i = 0; i < 2 * n; ++i) {
      noise_ = hash_mix(noise_ + 1);
      out[i] = static_cast<float>(level_ * (static_cast<double>(noise_ >> 40) / 0x1p23 - 1));
    }
    at_ += static_cast<std::int64_t>(n);
    sounds_.frames += static_cast<std::int64_t>(n);
    return n;
  }
  Result<void> seek(std::int64_t) override { return fail(Code::unsupported, "no"); }

 private:
  bool says(const char* word) const { return path_.find(word) != path_.npos; }
  Sounds& sounds_;
  std::string path_;
  render::SourceInfo info_;
  double level_ = 1;
  std::uint64_t noise_ = 1;
  std::int64_t at_ = 0;
};

struct PassKit {
  explicit PassKit(const std::string& path) : kit(path) {}
  ~PassKit() { finish(); }

  void begin() {
    kit.store.database(Base::library).hand_over();
    loop = std::make_unique<Loop>();
    lane = std::make_unique<Lane>(*loop, "library", 1);
    MeasurerOptions options;
    options.media = [this]() -> Result<render::OpenSource> {
      if (no_media) return fail(Code::unavailable, "no decoder");
      return render::OpenSource(
          [this](const std::string& file) -> Result<std::unique_ptr<render::Source>> {
            if (file.find("gone") != file.npos) return fail(Code::not_found, "gone");
            ++sounds.opened;
            return std::make_unique<NamedSource>(sounds, file);
          });
    };
    options.busy = [this] { return busy; };
    options.slice_limit = slice_limit;
    MeasurerEvents events;
    events.counted = [] {};
    events.finished = [this](const MeasureReport& report) { reports.push_back(report); };
    events.problem = [this](const std::string& file, const Error& why) {
      problems[file] = why.code;
    };
    measurer = std::make_unique<Measurer>(*loop, kit.store.database(Base::library), *lane,
                                          kit.random, std::move(options), std::move(events));
  }
  // The measurer has nothing on the lane now, so it may go first; the database comes back.
  void finish() {
    if (!loop) return;
    measurer.reset();
    bool back = false;
    REQUIRE(lane->submit({kit.random.id<JobToken>(), seconds(60),
                          [this, &back](const Cancelled&) -> Completion {
                            kit.store.database(Base::library).hand_over();
                            return [&back] { back = true; };
                          },
                          [](Error) {}}));
    run_until([&] { return back; });
    lane.reset();
    loop.reset();
  }
  void run_until(const std::function<bool()>& done) {
    ServerTime give_up = clock_now().mono + seconds(60);
    loop->on_turn([&](Now now) {
      lane->tick(now.mono);
      if (measurer) measurer->turn(now);
      if (done() || now.mono > give_up) loop->stop();
      loop->set_deadline(now.mono + millis(5));
      return false;
    });
    loop->run();
    REQUIRE(done());
  }
  MeasureReport pass() {
    begin();
    measurer->request();
    run_until([&] { return !reports.empty(); });
    counts = measurer->counts();
    sounds.hang = false;  // threads that hang come back before their lane ends
    run_until([&] { return measurer->lane().stuck() == 0; });
    finish();
    return std::exchange(reports, {}).front();
  }
  std::optional<double> value(const std::string& sql) {
    auto row = kit.store.database(Base::library).query(sql);
    REQUIRE(row);
    REQUIRE(row->step() == true);
    if (row->is_null(0)) return {};
    return row->real(0);
  }

  LibraryKit kit;
  Sounds sounds;
  std::atomic<bool> no_media = false;
  bool busy = false;
  Duration slice_limit = seconds(60);  // idle threads of a busy machine wait long
  std::vector<MeasureReport> reports;
  std::map<std::string, Code> problems;
  MeasureCounts counts;
  std::unique_ptr<Loop> loop;
  std::unique_ptr<Lane> lane;
  std::unique_ptr<Measurer> measurer;
};

}  // namespace

TEST_CASE("measurer: every track once, an album as one programme, and never again") {
  TempDir temp;
  PassKit kit(temp / "data");
  kit.kit.add({made_file("a", "0", 1), made_file("a", "1", 2), made_file("a", "2", 3)});
  MeasureReport report = kit.pass();
  CHECK(report.measured == 3);
  CHECK(report.failed == 0);
  CHECK(report.albums == 1);
  CHECK(report.audio_seconds == doctest::Approx(36));
  CHECK(kit.counts.measured == 3);
  CHECK(kit.counts.to_measure == 0);
  sound::LoudnessMeter all(kRate, 2);
  Sounds other;
  for (const char* name : {"0", "1", "2"}) {
    sound::LoudnessMeter one(kRate, 2);
    NamedSource source(other, name);
    std::vector<float> block(2 * 1000);
    while (std::size_t n = *source.read(block)) {
      one.add(std::span(block).first(2 * n));
      all.add(std::span(block).first(2 * n));
    }
    std::string sql = fmt::format(
        "SELECT m.lufs FROM measurements m JOIN tracks t ON t.content = m.content WHERE t.name = "
        "CAST('{}' AS BLOB)",
        name);
    CHECK(kit.value(sql).value_or(0) == doctest::Approx(*one.integrated()).epsilon(1e-9));
  }
  CHECK(std::abs(kit.value("SELECT lufs FROM album_loudness").value_or(0) - *all.integrated()) <
        0.05);
  CHECK(kit.value("SELECT peak FROM album_loudness") == all.sample_peak());
  kit.sounds.opened = 0;
  MeasureReport second = kit.pass();
  CHECK(second.measured + second.failed + second.albums == 0);
  CHECK(kit.sounds.opened == 0);
  kit.kit.add({made_file("a", "0", 9)});  // other sound in its place
  MeasureReport third = kit.pass();
  CHECK(third.measured == 1);
  CHECK(third.albums == 1);
}

TEST_CASE("measurer: what fails, hangs or is gone is passed over, and noted but for the last") {
  TempDir temp;
  PassKit kit(temp / "data");
  kit.kit.add({made_file("a", "broken 0", 1), made_file("a", "hang 0", 2),
               made_file("a", "wide 0", 3), made_file("a", "gone 0", 4), made_file("a", "0", 5)});
  kit.slice_limit = seconds(3);
  MeasureReport report = kit.pass();
  CHECK(report.measured == 1);
  CHECK(report.failed == 3);
  CHECK(kit.problems == std::map<std::string, Code>{{"/music/a/broken 0", Code::corrupt},
                                                    {"/music/a/hang 0", Code::timeout},
                                                    {"/music/a/wide 0", Code::unsupported},
                                                    {"/music/a/gone 0", Code::not_found}});
  CHECK(kit.counts.measured == 4);
  CHECK(kit.counts.to_measure == 1);
  kit.problems.clear();
  kit.sounds.opened = 0;
  CHECK(kit.pass().failed == 0);
  CHECK(kit.problems.size() == 1);  // the one that is gone is looked for again
  CHECK(kit.sounds.opened == 0);
}

TEST_CASE("measurer: what was heard of a file that is not the one that was scanned is not kept") {
  TempDir temp;
  PassKit kit(temp / "data");
  std::filesystem::create_directories(temp / "music/a");
  std::ofstream(temp / "music/a/0") << "another file";
  library::ScanBatch batch;
  batch.folder = kit.kit.add_folder(temp / "music");
  batch.upserts = {made_file("a", "0", 1)};
  kit.kit.write(batch);
  MeasureReport report = kit.pass();
  CHECK(report.measured + report.failed == 0);
  CHECK(kit.problems == std::map<std::string, Code>{{temp / "music/a/0", Code::stale}});
  CHECK(kit.counts.to_measure == 1);
}

TEST_CASE("measurer: nothing is decoded while something is more urgent, and it ends at once") {
  TempDir temp;
  PassKit kit(temp / "data");
  kit.kit.add({made_file("a", "endless 0", 1)});
  kit.begin();
  kit.busy = true;
  kit.measurer->request();
  ServerTime until = clock_now().mono + millis(250);
  kit.run_until([&] { return clock_now().mono > until; });
  CHECK(kit.sounds.opened == 0);
  kit.busy = false;
  kit.run_until([&] { return kit.sounds.frames > 0; });
  kit.busy = true;
  until = clock_now().mono + millis(100);  // a slice is 20
  kit.run_until([&] { return clock_now().mono > until; });
  std::int64_t frames = kit.sounds.frames;
  until = clock_now().mono + millis(100);
  kit.run_until([&] { return clock_now().mono > until; });
  CHECK(kit.sounds.frames == frames);
  kit.busy = false;
  kit.run_until([&] { return kit.sounds.frames > frames; });
  ServerTime asked = clock_now().mono;
  kit.measurer.reset();
  CHECK(clock_now().mono - asked < seconds(10));  // a busy machine; a slice may hold 300 s
  kit.finish();
  CHECK(kit.kit.count("measurements") == 0);
}

TEST_CASE("measurer: where nothing can be decoded the pass ends, and the next one goes on") {
  TempDir temp;
  PassKit kit(temp / "data");
  kit.kit.add({made_file("a", "0", 1), made_file("a", "1", 2)});
  kit.no_media = true;
  MeasureReport report = kit.pass();
  REQUIRE(report.error);
  CHECK(report.error->code == Code::unavailable);
  CHECK(kit.problems.empty());
  CHECK(kit.counts.to_measure == 2);
  kit.no_media = false;
  CHECK(kit.pass().measured == 2);
}
