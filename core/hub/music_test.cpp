// Guards: what the house promises of music: a change is answered when it is stored, and not before;
// who has left is not answered; every job's result finds its owner. How: a house fed with values,
// its effects read.
#include <doctest/doctest.h>

#include <deque>

#include "core/hub/house.hpp"

using namespace tutti;
using namespace tutti::hub;

namespace {

struct World {
  SeededRandom random{5};
  auth::LocalAuthenticator authenticator{AccountId{7}};
  House house;
  Now now{{1'000'000}, {1'700'000'000'000'000}};
  std::deque<JobRequest> jobs;
  std::deque<SliceJob> slices;
  std::vector<live::Respond> answers;
  std::vector<StreamId> closed_streams;
  std::uint32_t slots = 0;

  World() : World(config()) {}
  explicit World(HouseConfig config)
      : house(std::move(config), authenticator, random, {{1'000'000}, {}}) {
    drain();
  }

  static HouseConfig config() {
    HouseConfig config;
    config.music.emplace();
    return config;
  }
  ConnId open() {
    live::Peer peer;
    peer.address = *wire::parse_address("127.0.0.1");
    peer.kind = live::Peer::Kind::loopback;
    ConnId conn{0, Handle{++slots, Generation(1)}};
    house.handle(live::Opened{conn, peer}, now);
    return conn;
  }
  void close(ConnId conn) {
    house.handle(live::Closed{conn, live::CloseReason::peer_closed}, now);
    drain();
  }
  void ask(ConnId conn, std::string method, std::string target, std::string body = {},
           std::vector<wire::HttpHeader> headers = {}) {
    wire::HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    request.headers = std::move(headers);
    request.headers.push_back({"Host", "localhost:8927"});
    house.handle(live::Message{conn, std::move(request)}, now);
    drain();
  }
  void drain() {
    while (auto down = house.poll_down(0)) {
      if (auto* answer = std::get_if<live::Respond>(&*down)) answers.push_back(std::move(*answer));
    }
    while (auto effect = house.poll()) {
      if (auto* job = std::get_if<JobRequest>(&*effect)) jobs.push_back(std::move(*job));
      if (auto* slice = std::get_if<SliceJob>(&*effect)) slices.push_back(std::move(*slice));
      if (auto* over = std::get_if<CloseStream>(&*effect)) closed_streams.push_back(over->stream);
    }
  }
  // Takes the first job of this kind; the test fails without one.
  template <class Work>
  std::pair<JobToken, Work> take() {
    for (auto at = jobs.begin(); at != jobs.end(); ++at) {
      if (auto* work = std::get_if<Work>(&at->work)) {
        std::pair<JobToken, Work> found{at->token, std::move(*work)};
        jobs.erase(at);
        return found;
      }
    }
    FAIL("no such job");
    return {};
  }
  void done(JobToken token, Result<JobResult> result) {
    house.done({token, std::move(result)}, now);
    drain();
  }
  // The group that the house made at its start, stored.
  std::string group() {
    auto [token, save] = take<SaveGroupJob>();
    done(token, JobResult(Stored{}));
    return to_text(save.group);
  }
  std::string body_of(std::size_t i) const {
    return std::string(std::get<Bytes>(answers.at(i).body).text());
  }
};

const std::string kTrack = to_text(TrackId{99});
const std::string kAdd = "{\"tracks\":[\"" + kTrack + "\"]}";

play::TrackFacts facts() {
  play::TrackFacts facts;
  facts.track = TrackId{99};
  facts.sample_rate = 48'000;
  facts.duration_ms = 1000;
  return facts;
}

}  // namespace

TEST_CASE("house: an edit is answered when it is stored, and not before") {
  World world;
  std::string queue = "/api/groups/" + world.group() + "/queue";
  ConnId conn = world.open();
  world.ask(conn, "POST", queue, kAdd);
  CHECK(world.answers.empty());
  auto [token, save] = world.take<SaveGroupJob>();
  CHECK(save.save.queue.has_value());
  world.done(token, JobResult(Stored{}));
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].head.status == 200);
  CHECK(world.body_of(0).contains("\"applied\":true"));
}

TEST_CASE("house: of two edits the second waits for a save that holds it") {
  World world;
  std::string queue = "/api/groups/" + world.group() + "/queue";
  ConnId first = world.open(), second = world.open();
  world.ask(first, "POST", queue, kAdd);
  auto [one, save] = world.take<SaveGroupJob>();
  world.ask(second, "POST", queue, kAdd);
  CHECK(world.jobs.empty());  // one save at a time
  world.done(one, JobResult(Stored{}));
  CHECK(world.answers.size() == 1);
  auto [two, later] = world.take<SaveGroupJob>();
  world.done(two, JobResult(Stored{}));
  CHECK(world.answers.size() == 2);
}

TEST_CASE("house: a change that cannot be stored is answered with why") {
  World world;
  std::string queue = "/api/groups/" + world.group() + "/queue";
  world.ask(world.open(), "POST", queue, kAdd);
  auto [token, save] = world.take<SaveGroupJob>();
  world.done(token, fail(Code::no_space, "the disk is full"));
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].head.status == http_status(Code::no_space));
}

TEST_CASE("house: who has left is not answered, and nothing of it is kept") {
  World world;
  std::string queue = "/api/groups/" + world.group() + "/queue";
  ConnId conn = world.open();
  world.ask(conn, "POST", queue, kAdd);
  world.ask(conn, "GET", "/api/tracks");
  auto [save_token, save] = world.take<SaveGroupJob>();
  auto [list_token, list] = world.take<LibraryJob>();
  world.close(conn);
  world.done(save_token, JobResult(Stored{}));
  world.done(list_token, JobResult(std::string("{}")));
  CHECK(world.answers.empty());
  CHECK(world.house.counts().waiting == 0);
}

TEST_CASE("house: an answer is kept until something changes, and not sent twice to who has it") {
  World world;
  world.group();
  ConnId conn = world.open();
  auto answered = [&](const char* text) {
    auto [token, list] = world.take<LibraryJob>();
    world.done(token, JobResult(std::string(text)));
  };
  world.ask(conn, "GET", "/api/tracks");
  answered("{\"tracks\":[]}");
  world.ask(conn, "GET", "/api/tracks");  // no job: kept
  REQUIRE(world.answers.size() == 2);
  CHECK(world.body_of(1) == world.body_of(0));
  std::string etag;
  for (const auto& header : world.answers[1].head.headers)
    if (header.name == "ETag") etag = header.value;
  world.ask(conn, "GET", "/api/tracks", "", {{"If-None-Match", etag}});
  CHECK(world.answers[2].head.status == 304);
  world.ask(conn, "PUT", "/api/tracks/" + kTrack + "/rating", "{\"rating\":50}");
  answered("{}");
  world.ask(conn, "GET", "/api/tracks");
  CHECK(world.answers.size() == 4);  // asked again
  // A change while it is under way: what was read before is answered, and not kept.
  ConnId other = world.open();
  auto [old_token, old_list] = world.take<LibraryJob>();
  world.ask(other, "PUT", "/api/tracks/" + kTrack + "/rating", "{\"rating\":60}");
  answered("{}");
  world.done(old_token, JobResult(std::string("{\"tracks\":[1]}")));
  CHECK(world.answers.size() == 6);
  world.ask(conn, "GET", "/api/tracks");
  answered("{\"tracks\":[2]}");
  CHECK(world.body_of(6).contains("[2]"));
}

TEST_CASE("house: an album is looked up, added and played; what is gone meanwhile is said") {
  World world;
  std::string group = world.group();
  ConnId conn = world.open();
  std::string body = "{\"album\":\"" + to_text(AlbumId{5}) + "\",\"play\":true}";
  world.ask(conn, "POST", "/api/groups/" + group + "/queue", body);
  auto [token, list] = world.take<LibraryJob>();
  CHECK(list.ids);
  CHECK(list.ask.account == AccountId{7});
  world.done(token, JobResult(library::TrackIds{{TrackId{99}, TrackId{98}}, false}));
  auto [facts_token, wanted] = world.take<FactsJob>();
  CHECK(wanted.track == TrackId{99});
  world.done(facts_token, JobResult(facts()));
  REQUIRE(world.slices.size() == 1);
  play::SliceDone slice{
      world.slices[0].slice.group, world.slices[0].slice.epoch, 4800, {}, false, {}};
  slice.marks.push_back({play::StreamMark::Kind::began, 0,
                         std::get<play::Begin>(world.slices[0].slice.commands[1]).track.entry});
  CHECK(world.house.slice_done(slice, world.now));
  world.drain();
  world.ask(conn, "GET", "/api/groups/" + group);
  CHECK(world.body_of(world.answers.size() - 1).contains("\"state\":\"playing\""));
  play::SliceDone old = slice;
  old.epoch = Epoch(77);
  CHECK_FALSE(world.house.slice_done(old, world.now));
}

TEST_CASE("house: a group that is removed while tracks are looked up for it is missed politely") {
  World world;
  world.group();
  ConnId conn = world.open(), other = world.open();
  world.ask(conn, "POST", "/api/groups", "{\"name\":\"Attic\"}");
  auto [token, save] = world.take<SaveGroupJob>();
  world.done(token, JobResult(Stored{}));
  std::string attic = to_text(save.group);
  std::string body = "{\"album\":\"" + to_text(AlbumId{5}) + "\"}";
  world.ask(conn, "POST", "/api/groups/" + attic + "/queue", body);
  world.ask(other, "DELETE", "/api/groups/" + attic);
  auto [forget_token, forget] = world.take<ForgetGroupJob>();
  world.done(forget_token, JobResult(Stored{}));
  auto [list_token, list] = world.take<LibraryJob>();
  world.done(list_token, JobResult(library::TrackIds{{TrackId{99}}, false}));
  REQUIRE(world.answers.size() == 3);
  CHECK(world.answers[1].head.status == 200);
  CHECK(world.answers[2].head.status == 404);
}

TEST_CASE(
    "house: a stream whose listener leaves while it is opened is let go of, once it is open") {
  World world;
  world.group();
  ConnId conn = world.open();
  world.ask(conn, "GET", "/api/tracks/" + kTrack + "/stream");
  auto [token, open] = world.take<OpenStreamJob>();
  world.close(conn);
  CHECK(world.house.counts().waiting == 0);
  world.closed_streams.clear();
  world.done(token, JobResult(OpenedStream{"audio/ogg", {}}));
  CHECK(world.closed_streams == std::vector<StreamId>{open.stream});
  CHECK(world.answers.empty());
}

TEST_CASE("house: a stream is answered when it can be read, in ranges when it is a file") {
  World world;
  world.group();
  ConnId conn = world.open();
  std::string target = "/api/tracks/" + kTrack + "/stream";
  world.ask(conn, "GET", target);
  auto [token, open] = world.take<OpenStreamJob>();
  CHECK(open.wish.codec == play::StreamCodec::opus);
  world.done(token, JobResult(OpenedStream{"audio/ogg", {}}));
  REQUIRE(world.answers.size() == 1);
  CHECK(std::get<live::LiveBody>(world.answers[0].body).stream == open.stream);
  world.house.stream_over(open.stream, world.now);
  world.ask(conn, "GET", target + "?format=original", "", {{"Range", "bytes=2-5"}});
  auto [file_token, file] = world.take<OpenStreamJob>();
  world.done(file_token,
             JobResult(OpenedStream{"audio/flac",
                                    StaticFile{{}, "/f", "audio/flac", "\"v\"", 100, "private"}}));
  CHECK(world.answers[1].head.status == 206);
  CHECK(std::get<live::FileBody>(world.answers[1].body).offset == 2);
  CHECK(std::get<live::FileBody>(world.answers[1].body).size == 4);
  world.ask(conn, "GET", target);
  auto [bad_token, bad] = world.take<OpenStreamJob>();
  world.done(bad_token, fail(Code::corrupt, "it cannot be decoded"));
  CHECK(world.answers[2].head.status == http_status(Code::corrupt));
}

TEST_CASE("house: an image is answered as a file that never changes, for who does not have it") {
  World world;
  world.group();
  ConnId conn = world.open();
  std::string key(32, 'a');
  world.ask(conn, "GET", "/api/artwork/" + key + "?size=200");
  auto [token, job] = world.take<ArtworkJob>();
  CHECK(job.wanted.artwork == key);
  CHECK(job.wanted.size == 256);
  StaticFile image{{}, "/cache/a", "image/jpeg", "\"a-256\"", 100, "private, immutable"};
  world.done(token, JobResult(image));
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].head.status == 200);
  CHECK(std::get<live::FileBody>(world.answers[0].body).path == "/cache/a");
  world.ask(conn, "GET", "/api/artwork/" + key + "?size=200", "", {{"If-None-Match", "\"a-256\""}});
  world.done(world.take<ArtworkJob>().first, JobResult(image));
  CHECK(world.answers[1].head.status == 304);
  world.ask(conn, "GET", "/api/artwork/" + key);
  world.done(world.take<ArtworkJob>().first, fail(Code::not_found, "no such image"));
  CHECK(world.answers[2].head.status == 404);
  for (const char* bad : {"zz", "/api"}) {
    world.ask(conn, "GET", "/api/artwork/" + std::string(bad));
    CHECK(world.answers.back().head.status >= 400);
  }
  CHECK(world.jobs.empty());
  CHECK(world.house.counts().waiting == 0);
}

TEST_CASE("house: who left is not answered with an image, and nobody waits for it") {
  World world;
  world.group();
  ConnId conn = world.open();
  world.ask(conn, "GET", "/api/artwork/" + std::string(32, 'a'));
  auto [token, job] = world.take<ArtworkJob>();
  world.close(conn);
  world.done(token, JobResult(StaticFile{{}, "/cache/a", "image/jpeg", "\"a\"", 100, "private"}));
  CHECK(world.answers.empty());
  CHECK(world.house.counts().waiting == 0);
}

TEST_CASE(
    "house: files are written only where that is switched on, and what a reader understands") {
  World closed;
  closed.group();
  std::string target = "/api/tracks/" + kTrack + "/tags";
  std::string body = R"({"edits":[{"field":"title","values":["Aria"]}]})";
  closed.ask(closed.open(), "PATCH", target, body);
  CHECK(closed.answers.at(0).head.status == http_status(Code::forbidden));
  CHECK(closed.jobs.empty());
  HouseConfig config = World::config();
  config.music->edit_tags = true;
  World open(config);
  open.group();
  ConnId conn = open.open();
  open.ask(conn, "PATCH", target, body);
  auto [token, job] = open.take<EditTagsJob>();
  CHECK(job.edit.edits == std::vector<library::TagEdit>{{library::TagField::title, {"Aria"}}});
  CHECK(open.answers.empty());
  open.done(token, JobResult(Stored{}));
  CHECK(open.answers.at(0).head.status == 200);
  open.ask(conn, "PATCH", target, R"({"edits":[{"field":"track","values":["three"]}]})");
  CHECK(open.answers.at(1).head.status == 400);
  open.ask(conn, "PATCH", target, R"({"edits":[{"field":"size","values":["1"]}]})");
  CHECK(open.answers.at(2).head.status == 400);
}
