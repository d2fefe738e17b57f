// Guards: the two readings of a smart playlist's rules, SQL and the judgement over one track,
// agree. How: random tracks written by a scan, random rules drawn over their values, both asked.
#include <map>

#include "core/library/smart_playlist.hpp"
#include "shell/store/library_ask_kit.hpp"
#include "shell/store/library_playlists.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
using namespace tutti::library;

namespace {

constexpr const char* kWords[] = {"Blue", "blue", "Böse",   "AC/DC", "live",
                                  "!!!",  "東京", "O'Neil", "the",   "x"};
constexpr std::int64_t kDay = 86'400'000'000;
constexpr WallTime kNow{1'800'000'000'000'000};

std::string words(Choose& choose, std::uint32_t most) {
  std::string out;
  for (std::uint32_t n = choose.choose(most + 1, "words"); n > 0; --n) {
    if (!out.empty()) out += ' ';
    out += kWords[choose.choose(std::size(kWords), "word")];
  }
  return out;
}
std::vector<std::string> names(Choose& choose) {
  std::vector<std::string> out;
  for (std::uint32_t n = choose.choose(3, "names"); n > 0; --n)
    out.push_back(words(choose, 1) + kWords[choose.choose(std::size(kWords), "name")]);
  return out;
}

SmartTrack drawn_track(Choose& choose, FolderId folder) {
  SmartTrack track;
  track.title = words(choose, 3);
  track.album = words(choose, 2);
  track.codec = choose.choose(2, "codec") == 0 ? "flac" : "mp3";
  track.artists = names(choose);
  track.album_artists = names(choose);
  track.composers = names(choose);
  track.genres = names(choose);
  constexpr const char* kDates[] = {"", "1994", "1994-05-01", "2001", "19"};
  track.date = kDates[choose.choose(5, "date")];
  track.duration_ms = choose.choose(5, "duration") * 60'500;
  track.bitrate = choose.choose(3, "bitrate") * 160;
  track.sample_rate = 44'100;
  track.track_number = choose.choose(4, "number");
  track.disc_number = choose.choose(3, "disc");
  track.compilation = choose.choose(2, "compilation") == 1;
  track.available = choose.choose(4, "available") != 1;
  track.folder = folder;
  track.added = {kNow.us - static_cast<std::int64_t>(choose.choose(5, "added")) * 10 * kDay};
  if (choose.choose(2, "rated") == 1) track.rating = 20 * (1 + choose.choose(5, "rating"));
  if (choose.choose(2, "played") == 1) {
    track.plays = 1 + choose.choose(3, "plays");
    track.played = {kNow.us - static_cast<std::int64_t>(choose.choose(5, "when")) * 10 * kDay};
  }
  track.favourite = choose.choose(3, "favourite") == 1;
  return track;
}

// The track as a scan and its listeners would have brought it in.
void store_track(AskKit& kit, SmartTrack& track, std::uint64_t n) {
  auto file = made_file("d", track.file = std::to_string(n) + " Blue.flac", n);
  file.tags = {};
  file.tags.title = track.title;
  file.tags.album = track.album;
  file.tags.artists = track.artists;
  file.tags.album_artists = track.album_artists;
  file.tags.composers = track.composers;
  file.tags.genres = track.genres;
  file.tags.date = track.date;
  file.tags.track.number = static_cast<int>(track.track_number);
  file.tags.disc.number = static_cast<int>(track.disc_number);
  file.tags.compilation = track.compilation;
  file.audio = {track.codec,
                track.duration_ms,
                static_cast<int>(track.sample_rate),
                2,
                16,
                static_cast<int>(track.bitrate)};
  ScanBatch batch;
  batch.folder = track.folder;
  batch.upserts = {file};
  if (!track.available) batch.unavailable = {{"d", file.name}};
  REQUIRE(kit.writer_kit.writer.write(batch, track.added));
  TrackId id = kit.writer_kit.only(n).track;
  Database& house = kit.writer_kit.store.database(Base::house);
  if (track.rating > 0)
    REQUIRE(house.execute("INSERT INTO ratings VALUES (1, ?, ?, 0)", id, track.rating));
  if (track.plays > 0)
    REQUIRE(house.execute("INSERT INTO play_counts VALUES (1, ?, ?, ?)", id, track.plays,
                          track.played.us));
  if (track.favourite) REQUIRE(house.execute("INSERT INTO favourites VALUES (1, 0, ?, 0)", id));
}

Json drawn_condition(Choose& choose, const std::vector<FolderId>& folders) {
  auto fields = names_of(RuleField{});
  const auto& field = fields[choose.choose(static_cast<std::uint32_t>(fields.size()), "field")];
  std::vector<std::string_view> ops;
  for (const auto& op : names_of(RuleOp{}))
    if (fits(type_of(field.value), op.value)) ops.push_back(op.name);
  Json rule = Json::object({{"field", field.name}});
  rule.add("op", ops[choose.choose(static_cast<std::uint32_t>(ops.size()), "op")]);
  switch (type_of(field.value)) {
    case RuleType::text:
    case RuleType::names:
      rule.add("value", words(choose, 1) + kWords[choose.choose(std::size(kWords), "value")]);
      break;
    case RuleType::number: {
      constexpr std::int64_t kValues[] = {0, 1, 2, 40, 60, 100, 121, 160, 320, 1994, 44'100};
      rule.add("value", kValues[choose.choose(std::size(kValues), "value")]);
      break;
    }
    case RuleType::time: rule.add("value", choose.choose(5, "value") * 10); break;
    case RuleType::flag: rule.add("value", choose.choose(2, "value") == 1); break;
    case RuleType::folder:
      rule.add(
          "value",
          to_text(folders[choose.choose(static_cast<std::uint32_t>(folders.size()), "value")]));
      break;
  }
  return rule;
}

Json drawn_rules(Choose& choose, const std::vector<FolderId>& folders, int depth) {
  if (depth > 0 && choose.choose(3, "nested") != 1) return drawn_condition(choose, folders);
  JsonArray rules;
  for (std::uint32_t n = 1 + choose.choose(3, "rules"); n > 0; --n)
    rules.push_back(depth < 3 ? drawn_rules(choose, folders, depth + 1)
                              : drawn_condition(choose, folders));
  return Json::object(
      {{"match", choose.choose(2, "match") == 0 ? "all" : "any"}, {"rules", std::move(rules)}});
}

}  // namespace

TEST_CASE("smart: the database and the judgement over one track choose the same tracks") {
  TempDir temp;
  AskKit kit(temp / "data");
  std::vector<FolderId> folders{kit.writer_kit.folder, kit.writer_kit.add_folder("/two")};
  SeededChoose draw(11);
  std::map<std::uint64_t, SmartTrack> tracks;  // by id
  for (std::uint64_t n = 0; n < 120; ++n) {
    SmartTrack track = drawn_track(draw, folders[n % 2]);
    store_track(kit, track, n);
    tracks.emplace(kit.writer_kit.only(n).track.value, std::move(track));
  }
  auto scope = scope_of(kit.view(), kit.local(), kNow);
  REQUIRE(scope);
  std::size_t some = 0;
  CHECK_FOR_ALL(1, 1500, [&](Choose& choose) -> explore::Broken {
    Json json = drawn_rules(choose, folders, 0);
    auto rules = read_rules(json);
    if (!rules) return "refused: " + rules.error().text;
    auto sorts = names_of(SmartSort{});
    rules->sort = sorts[choose.choose(static_cast<std::uint32_t>(sorts.size()), "sort")].value;
    auto result = run_rules(*scope, *rules, 0, 1000);
    if (!result) return "failed: " + result.error().text;
    std::set<std::uint64_t> chosen;
    for (std::int64_t row : result->rows) {
      auto id = kit.view().query("SELECT track FROM tracks WHERE id = ?", row);
      if (!id || *id->step() != true) return "no row";
      chosen.insert(id->id<TrackId>(0).value);
    }
    if (result->count != static_cast<std::int64_t>(chosen.size())) return "count differs";
    for (const auto& [id, track] : tracks) {
      if (matches(*rules, track, kNow) != (chosen.count(id) > 0))
        return "differs: " + write_json(json) + " on '" + track.title + "'";
    }
    some += !chosen.empty() && chosen.size() < tracks.size();
    return explore::kHolds;
  });
  CHECK(some > 300);  // rules that choose some and not all, else this shows nothing
}

TEST_CASE("smart: rules that say nothing, too much or the wrong thing are refused where they do") {
  auto said_of = [](const char* text) {
    auto json = parse_json(text);
    REQUIRE(json);
    auto rules = read_rules(*json);
    return rules ? std::string() : rules.error().text;
  };
  CHECK(said_of(R"({"rules":[{"field":"year","op":"is","value":1994}]})").empty());
  CHECK(said_of("[]").starts_with("rules"));
  CHECK(said_of("{}").starts_with("rules"));
  CHECK(said_of(R"({"rules":[]})").starts_with("rules:"));
  CHECK(said_of(R"({"rules":[7]})").starts_with("rules[0]."));
  CHECK(said_of(R"({"rules":[{"field":"x"}]})").starts_with("rules[0].field: expected one of"));
  CHECK(said_of(R"({"rules":[{"field":"year","op":"contains","value":1}]})")
            .starts_with("rules[0].op"));
  CHECK(said_of(R"({"rules":[{"field":"year","op":"is","value":"x"}]})")
            .starts_with("rules[0].value"));
  CHECK(said_of(R"({"rules":[{"field":"year","op":"is"}]})").starts_with("rules[0].value"));
  CHECK(said_of(R"({"rules":[{"field":"title","op":"is","value":""}]})")
            .starts_with("rules[0].value"));
  CHECK(said_of(R"({"rules":[{"field":"folder","op":"is","value":"x"}]})")
            .starts_with("rules[0].value"));
  CHECK(said_of(R"({"match":"none","rules":[{}]})").starts_with("match"));
  CHECK(said_of(R"({"limit":0,"rules":[{"field":"year","op":"is","value":1}]})")
            .starts_with("limit"));
  std::string deep = R"({"field":"year","op":"is","value":1})";
  for (std::size_t n = 0; n <= kRuleDepth; ++n) deep = R"({"rules":[)" + deep + "]}";
  CHECK(said_of(deep.c_str()).find("nested deeper") != std::string::npos);
  std::string many = R"({"field":"year","op":"is","value":1})";
  for (std::size_t n = 0; n < kRuleCount; ++n) many += R"(,{"field":"year","op":"is","value":1})";
  CHECK(said_of((R"({"rules":[)" + many + "]}").c_str()).find("more than") != std::string::npos);
}
