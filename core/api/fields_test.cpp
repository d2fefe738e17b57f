// Guards: what fields() describes is what is read, written, promised in the schema and refused by
// name. How: one struct with every kind of member; values from the choose stream; a table of bad
// values.
#include "core/api/fields.hpp"

#include <doctest/doctest.h>

#include "core/api/validate.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;

namespace {

enum class Mode { off, one, all };
std::span<const api::EnumName<Mode>> names_of(Mode) {
  static constexpr api::EnumName<Mode> kNames[] = {
      {Mode::off, "off"}, {Mode::one, "one"}, {Mode::all, "all"}};
  return kNames;
}

struct Point {
  double x = 0;
  std::uint8_t level = 0;
  template <class V>
  void fields(V& v) {
    v.field("x", x, {.min = -1.5, .max = 1.5});
    v.optional("level", level, {.max = 200});
  }
  friend bool operator==(const Point&, const Point&) = default;
};

struct Everything {
  bool flag = false;
  std::int64_t big = 0;
  std::string name;
  Mode mode = Mode::off;
  AccountId id{1};
  std::optional<int> maybe;
  std::vector<Point> points;
  std::vector<std::string> words;
  Json any;
  int limit = 50;
  template <class V>
  void fields(V& v) {
    v.field("flag", flag, {.text = "a flag"});
    v.field("big", big);
    v.field("name", name, {.max_length = 5});
    v.field("mode", mode);
    v.field("id", id);
    v.field("maybe", maybe, {.min = 3});
    v.field("points", points, {.max_items = 3});
    v.optional("words", words, {.max_length = 2, .max_items = 2});
    v.optional("any", any);
    v.optional("limit", limit, {.text = "at most so many", .min = 1, .max = 500});
  }
  friend bool operator==(const Everything&, const Everything&) = default;
};

Everything draw_everything(Choose& draw) {
  Everything e;
  e.flag = draw.choose(2, "flag") == 1;
  e.big = static_cast<std::int64_t>(draw_bits(draw, "big"));
  e.name = std::string(draw.choose(6, "name"), 'n');
  e.mode = static_cast<Mode>(draw.choose(3, "mode"));
  e.id = AccountId{draw_bits(draw, "id")};
  if (draw.choose(2, "maybe") == 1) e.maybe = static_cast<int>(3 + draw.choose(1000, "maybe"));
  for (auto n = draw.choose(4, "points"); n > 0; --n) {
    e.points.push_back({draw.choose(3000, "x") / 1000.0 - 1.5,
                        static_cast<std::uint8_t>(draw.choose(201, "level"))});
  }
  for (auto n = draw.choose(3, "words"); n > 0; --n) e.words.push_back("\u00e9\u20ac");
  if (draw.choose(2, "any") == 1) e.any = Json::array({1, "x", nullptr});
  e.limit = static_cast<int>(1 + draw.choose(500, "limit"));
  return e;
}

Json valid() {
  return *parse_json(
      R"({"flag":true,"big":7,"name":"n","mode":"one","id":"000000000000A","points":[{"x":1}]})");
}

std::string problem(std::string_view key, std::string_view value) {
  Json json = valid();
  json.set(key, *parse_json(value));
  auto read = api::read<Everything>(json);
  auto schema_says = api::validate(api::schema<Everything>(), json);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == Code::bad_request);
  // The schema refuses what the reader refuses, but for ids, whose alphabet it does not say.
  if (key != "id") CHECK_MESSAGE(!schema_says.has_value(), std::string(key));
  return read.error().text;
}

}  // namespace

TEST_CASE("fields: what is written is valid by the schema and reads back equal") {
  Json schema = api::schema<Everything>();
  CHECK_FOR_ALL(5, 1000, [&](Choose& draw) {
    Everything e = draw_everything(draw);
    Json json = api::write(e);
    auto valid = api::validate(schema, json);
    FAIL_UNLESS(valid.has_value(), valid.error().text);
    auto again = api::read<Everything>(*parse_json(write_json(json)));
    FAIL_UNLESS(again.has_value(), again.error().text);
    FAIL_UNLESS(*again == e, write_json(json));
    return kHolds;
  });
}

TEST_CASE("fields: an error names the place, what was expected and what came") {
  CHECK(problem("flag", "1") == "args.flag: expected true or false, got 1");
  CHECK(problem("big", "1.5") == "args.big: expected an integer, got 1.5");
  CHECK(problem("name", "7") == "args.name: expected a string, got 7");
  CHECK(problem("name", "\"\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\"") ==
        "args.name: expected at most 5 characters, got 6");
  CHECK(problem("mode", "\"al\"") == "args.mode: expected one of off, one, all, got \"al\"");
  CHECK(problem("id", "\"x\"") == "args.id: expected an id, got \"x\"");
  CHECK(problem("maybe", "2") == "args.maybe: expected at least 3, got 2");
  CHECK(problem("maybe", "3000000000") ==
        "args.maybe: expected an integer from -2147483648 to 2147483647, got 3000000000");
  CHECK(problem("points", "{}") == "args.points: expected an array, got an object");
  CHECK(problem("points", "[{\"x\":1},{}]") == "args.points[1].x: missing");
  CHECK(problem("points", "[{\"x\":2}]") ==
        "args.points[0].x: expected a number from -1.5 to 1.5, got 2");
  CHECK(problem("points", "[{\"x\":1,\"level\":201}]") ==
        "args.points[0].level: expected at most 200, got 201");
  CHECK(problem("points", "[{\"x\":1,\"level\":-1}]") ==
        "args.points[0].level: expected an integer from 0 to 255, got -1");
  CHECK(problem("points", "[1]") == "args.points[0]: expected an object, got 1");
  CHECK(problem("points", "[{\"x\":1},{\"x\":1},{\"x\":1},{\"x\":1}]") ==
        "args.points: expected at most 3 items, got 4");
  CHECK(problem("words", "[\"abc\"]") == "args.words[0]: expected at most 2 characters, got 3");
  CHECK(problem("limit", "0") == "args.limit: expected a number from 1 to 500, got 0");
  CHECK(problem("limit", "null") == "args.limit: expected an integer, got null");
  Json json = valid();
  json.set("mode", "onne");
  CHECK(api::read<Everything>(json).error().hint == "did you mean one?");
}

TEST_CASE("fields: required fields are missed one by one, optional ones and unknown ones are not") {
  CHECK(api::read<Everything>(valid()).has_value());
  for (const char* key : {"flag", "big", "name", "mode", "id", "points"}) {
    Json json = valid();
    json.erase(key);
    CHECK(api::read<Everything>(json).error().text == "args." + std::string(key) + ": missing");
    CHECK_FALSE(api::validate(api::schema<Everything>(), json).has_value());
  }
  Json json = valid();
  json.set("unknown", 1);
  auto read = api::read<Everything>(json);
  REQUIRE(read.has_value());
  CHECK(read->limit == 50);
  CHECK_FALSE(read->maybe);
  CHECK(read->points == std::vector<Point>{{1, 0}});
  CHECK(read->id == AccountId{10});
  CHECK(api::read<Everything>(Json(3), "body").error().text == "body: expected an object, got 3");
}

TEST_CASE("fields: the schema says type, limits, names, default and meaning") {
  Json schema = api::schema<Everything>();
  CHECK(write_json(*schema.find("required")) == R"(["flag","big","name","mode","id","points"])");
  const Json& properties = *schema.find("properties");
  CHECK(write_json(*properties.find("flag")) == R"({"type":"boolean","description":"a flag"})");
  CHECK(write_json(*properties.find("mode")) == R"({"type":"string","enum":["off","one","all"]})");
  CHECK(
      write_json(*properties.find("limit")) ==
      R"({"type":"integer","minimum":1,"maximum":500,"description":"at most so many","default":50})");
  CHECK(write_json(*properties.find("words")) ==
        R"({"type":"array","items":{"type":"string","maxLength":2},"maxItems":2})");
  CHECK(write_json(*properties.find("any")) == "{}");
  CHECK(write_json(*properties.find("points")->find("items")->find("properties")->find("level")) ==
        R"({"type":"integer","minimum":0,"maximum":200,"default":0})");
}

TEST_CASE(
    "validate: unknown keywords and unresolved references are errors, references are followed") {
  auto check = [](std::string_view schema, std::string_view value) {
    auto done = api::validate(*parse_json(schema), *parse_json(value));
    return done ? Code::busy : done.error().code;
  };
  CHECK(check(R"({"pattern":"x"})", "1") == Code::internal);
  CHECK(check(R"({"$ref":"#/nowhere"})", "1") == Code::internal);
  CHECK(check(R"({"$ref":"#"})", "1") == Code::internal);
  CHECK(check(R"({"type":"integer"})", "1.0") == Code::busy);
  CHECK(check(R"({"type":"integer"})", "1.5") == Code::bad_request);
  CHECK(check(R"({"enum":[1,"a"]})", "\"a\"") == Code::busy);
  CHECK(check(R"({"minLength":2})", "\"a\"") == Code::bad_request);
  CHECK(check(R"({"type":"array","items":{"maximum":1}})", "[1,2]") == Code::bad_request);
  Json document = *parse_json(R"({"a/b":{"c~d":{"type":"string"}}})");
  Json schema = *parse_json(R"({"$ref":"#/a~1b/c~0d"})");
  CHECK(api::validate(schema, "x", &document).has_value());
  CHECK_FALSE(api::validate(schema, 1, &document).has_value());
}
