// Guards: a file that crashes, hangs or confuses its reader costs that file and nothing else. How:
// a worker program that speaks the real protocol and misbehaves on names that say so; the protocol
// itself over random records and bytes.
#include "shell/media/media_child.hpp"

#include <csignal>

#include "shell/loop/loop.hpp"
#include "shell/media/media_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

// The worker program lies beside this test.
ChildOptions worker(Duration patience = seconds(10)) {
  std::string self = std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
  ChildOptions options;
  options.command = {self + "/media_test_worker"};
  options.patience = patience;
  return options;
}

std::vector<FileTask> files_in(const TempDir& dir, const std::vector<std::string>& names) {
  std::vector<FileTask> files;
  for (const std::string& name : names) {
    if (!std::filesystem::exists(dir / name)) dir.put(name, plain("ogg"));
    files.push_back({dir.path(), name});
  }
  return files;
}

const std::atomic<bool> kGoOn = false;

MediaRecord drawn_record(Choose& choose) {
  MediaRecord record;
  record.stamp = {static_cast<std::int64_t>(explore::draw_bits(choose)), -1};
  record.content = {{explore::draw_bits(choose), 7}};
  record.audio = {"flac", 123'456, 44'100, 2, 16, 900};
  record.tags.title = explore::draw_text(choose, 20);
  record.tags.artists = {explore::draw_text(choose, 5), explore::draw_text(choose, 5)};
  record.tags.track = {3, 12};
  record.tags.compilation = choose.choose(2, "compilation") == 1;
  if (choose.choose(2, "gain") == 1) record.tags.gain.track_db = -3.25;
  record.tags.lyrics = explore::draw_bytes(choose, 30);
  return record;
}

bool same(const MediaRecord& a, const MediaRecord& b) {
  return a.stamp == b.stamp && a.content == b.content && a.audio == b.audio && a.tags == b.tags &&
         a.artwork == b.artwork && a.picture == b.picture;
}

}  // namespace

TEST_CASE("child: files are answered in order, by one process for many batches") {
  TempDir dir;
  MediaChild child(worker());
  auto files = files_in(dir, {"a.ogg", "b.ogg", "c.ogg"});
  dir.put("b.ogg", "no music");
  auto answers = child.read(files, kGoOn);
  pid_t pid = child.pid();
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].has_value());
  CHECK(answers[1].error().code == Code::unsupported);
  CHECK(answers[2].has_value());
  CHECK(child.read(files, kGoOn).size() == 3);
  CHECK(child.pid() == pid);
  CHECK(child.crashes() == 0);
}

TEST_CASE("child: the file on which it crashes fails with its reason, all others are read") {
  TempDir dir;
  MediaChild child(worker());
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) names.push_back("ok" + std::to_string(i) + ".ogg");
  names.insert(names.begin() + 3, "crash.ogg");
  names.insert(names.begin() + 9, "exit.ogg");
  names.insert(names.begin() + 10, "garbage.ogg");
  names.push_back("crash2.ogg");
  auto answers = child.read(files_in(dir, names), kGoOn);
  REQUIRE(answers.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO(names[i]);
    bool good = names[i].starts_with("ok");
    CHECK(answers[i].has_value() == good);
    if (!good && !answers[i]) CHECK(answers[i].error().code == Code::internal);
  }
  CHECK(answers[3].error().text.find("signal 11") != std::string::npos);
  CHECK(answers[9].error().text.find("exit code 3") != std::string::npos);
}

TEST_CASE("child: a file on which it hangs is given up after its patience, the rest is read") {
  TempDir dir;
  MediaChild child(worker(millis(400)));
  auto answers = child.read(files_in(dir, {"a.ogg", "hang.ogg", "b.ogg"}), kGoOn);
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].has_value());
  CHECK(answers[1].error().code == Code::timeout);
  CHECK(answers[2].has_value());
  CHECK(MediaChild::abandoned() == 0);
}

TEST_CASE("child: one that is stopped from outside is replaced, and a cancelled batch ends soon") {
  TempDir dir;
  MediaChild child(worker());
  auto files = files_in(dir, {"a.ogg", "b.ogg"});
  REQUIRE(child.read(files, kGoOn)[0].has_value());
  ::kill(child.pid(), SIGKILL);
  CHECK(child.read(files, kGoOn)[1].has_value());
  std::atomic<bool> cancelled = true;
  ServerTime begin = clock_now().mono;
  auto answers = child.read(files_in(dir, {"hang.ogg", "a.ogg"}), cancelled);
  CHECK(answers[1].error().code == Code::cancelled);
  CHECK(clock_now().mono - begin < seconds(3));
}

TEST_CASE("child: a program that is not there is said, for each file") {
  TempDir dir;
  ChildOptions options;
  options.command = {"/nonexistent/worker"};
  MediaChild child(options);
  auto answers = child.read(files_in(dir, {"a.ogg", "b.ogg"}), kGoOn);
  REQUIRE(answers.size() == 2);
  CHECK(!answers[0]);
  CHECK(!answers[1]);
}

TEST_CASE("protocol: what is written is read back, and cut or random bytes are refused") {
  CHECK_FOR_ALL(1, 500, [](Choose& choose) -> explore::Broken {
    MediaRecord record = drawn_record(choose);
    std::string bytes;
    append_answer({4, record}, bytes);
    append_answer({5, fail(Code::corrupt, "why", "hint")}, bytes);
    std::string_view left = bytes;
    auto first = next_frame(left);
    FAIL_UNLESS(first && *first);
    auto answer = parse_answer(**first);
    FAIL_UNLESS(answer && answer->index == 4 && answer->record && same(*answer->record, record));
    auto cut =
        (**first).substr(0, choose.choose(static_cast<std::uint32_t>((**first).size()), "cut"));
    FAIL_UNLESS(!parse_answer(cut));
    auto second = next_frame(left);
    FAIL_UNLESS(second && *second && left.empty());
    auto failure = parse_answer(**second);
    FAIL_UNLESS(failure && failure->record.error() == (Error{Code::corrupt, "why", "hint"}));
    std::string noise = explore::draw_bytes(choose, 60);
    (void)parse_answer(noise);
    (void)parse_request(noise);
    return explore::kHolds;
  });
  std::string_view huge("\xff\xff\xff\x7f....", 8);
  CHECK(next_frame(huge).error().code == Code::protocol);
  std::string request;
  std::vector<FileTask> files{
      {"/a", "\xff.mp3"},
      {"", "b", 256},
      {"c", "d", 0, {{library::TagField::artist, {"A", "B"}}, {library::TagField::genre, {}}}}};
  append_request(files, request);
  std::string_view left = request;
  CHECK(parse_request(**next_frame(left)) == files);
}
