// Guards: only RFC 8259 text parses, limits hold, text and values round-trip, merge patches follow
// RFC 7396. How: tables of accepted and rejected texts, the RFC's own examples, and values drawn
// from the choose stream.
#include "core/base/json.hpp"

#include <doctest/doctest.h>

#include <bit>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;

namespace {

std::string draw_title(Choose& draw) {
  static const char* const kPieces[] = {
      "a",       "\"",     "\\",         "\n", "\x01", "plain words of a title",
      "\u00e9",  "\u20ac", "\U0001f3b5", "",   "/",    "\x7f",
      "0123456", "\t"};
  std::string text;
  for (std::uint32_t n = draw.choose(6, "pieces"); n > 0; --n)
    text += kPieces[draw.choose(std::size(kPieces), "piece")];
  return text;
}

double draw_double(Choose& draw) {
  while (true) {
    double number = std::bit_cast<double>(draw_bits(draw));
    if (draw.choose(2, "whole") == 1)
      number = static_cast<double>(draw_bits(draw)) * (draw.choose(2, "big") ? 1e3 : 1);
    if (std::isfinite(number)) return number;
  }
}

// `nulls` says whether objects may hold null; keys come from few letters so that two values share
// some.
Json draw_json(Choose& draw, int depth, bool nulls) {
  switch (draw.choose(depth > 0 ? 7 : 5, "type")) {
    case 0: return draw_title(draw);
    case 1: return draw.choose(2, "bool") == 1;
    case 2: return static_cast<std::int64_t>(draw_bits(draw) >> draw.choose(64, "shift"));
    case 3: return draw_double(draw);
    case 4: return nulls ? Json() : Json(0);
    case 5: {
      Json array = Json::array();
      for (std::uint32_t n = draw.choose(4, "items"); n > 0; --n)
        array.push(draw_json(draw, depth - 1, nulls));
      return array;
    }
    default: {
      Json object = Json::object();
      bool large = draw.choose(8, "large") == 1;  // beyond what is searched one by one
      for (std::uint32_t n = draw.choose(large ? 40 : 5, "members"); n > 0; --n) {
        char key = static_cast<char>('a' + draw.choose(large ? 26 : 4, "key"));
        object.set(std::string(1, key), draw_json(draw, depth - 1, nulls));
      }
      return object;
    }
  }
}

Json parsed(std::string_view text) {
  auto json = parse_json(text);
  REQUIRE_MESSAGE(json.has_value(), std::string(text));
  return *json;
}

// Every way to leave one member out of a patch, at any depth.
void each_without_one(const Json& patch, std::vector<Json>& out) {
  const JsonObject* members = patch.as_object();
  if (!members) return;
  for (const JsonMember& member : *members) {
    Json less = patch;
    less.erase(member.key);
    out.push_back(less);
    std::vector<Json> inner;
    each_without_one(member.value, inner);
    for (Json& value : inner) {
      Json changed = patch;
      changed.set(member.key, std::move(value));
      out.push_back(std::move(changed));
    }
  }
}

}  // namespace

TEST_CASE("json: every kind of value of RFC 8259 is read") {
  CHECK(parsed("null").is_null());
  CHECK(parsed(" true\n").as_bool() == true);
  CHECK(parsed("-0").as_int() == 0);
  CHECK(parsed("9223372036854775807").as_int() == std::numeric_limits<std::int64_t>::max());
  CHECK(parsed("-9223372036854775808").as_int() == std::numeric_limits<std::int64_t>::min());
  CHECK(parsed("9223372036854775808").type() == JsonType::number);
  CHECK(parsed("18446744073709551615").as_double() == 18446744073709551615.0);
  CHECK(parsed("123456789012345678901234567890").as_double() == 123456789012345678901234567890.0);
  CHECK(parsed("1.5e3").as_int() == 1500);
  CHECK(parsed("1E-2").as_double() == 0.01);
  CHECK(parsed("1e-999").as_double() == 0.0);
  CHECK(parsed("8.41e21").as_double() == 8.41e21);
  CHECK(parsed("\"\\u00e9\\n\\/\\ud83c\\udfb5\\u0000\"") ==
        Json(std::string("\u00e9\n/\U0001f3b5\0", 9)));
  CHECK(parsed("[1,[],{}]") == Json::array({1, Json::array(), Json::object()}));
  CHECK(parsed("{\"a\":{\"b\":[null]}}") ==
        Json::object({{"a", Json::object({{"b", Json::array({nullptr})}})}}));
}

TEST_CASE("json: text outside RFC 8259 is refused") {
  const std::string_view bad[] = {
      "",
      " ",
      "nul",
      "truefalse",
      "True",
      "[1,]",
      "{\"a\":1,}",
      "[1 2]",
      "{\"a\" 1}",
      "{a:1}",
      "{'a':1}",
      "{1:1}",
      "[",
      "{",
      "\"",
      "]",
      "[1]]",
      "1 2",
      "01",
      "-",
      "+1",
      ".5",
      "1.",
      "1e",
      "1e+",
      "0x1",
      "NaN",
      "Infinity",
      "-Infinity",
      "// c\n1",
      "/* c */1",
      "1 // c",
      "\"\t\"",
      "\"\n\"",
      "\"\\x\"",
      "\"\\u12\"",
      "\"\\ud800\"",
      "\"\\udc00\"",
      "\"\\ud800\\u0041\"",
      "\"\xff\"",
      "\"\xc0\xaf\"",
      "\"\xed\xa0\x80\"",
      "\"\xf4\x90\x80\x80\"",
      "\"\xe2\x82\"",
      "\xef\xbb\xbf"
      "1",
      "{\"a\":}",
      "{,}",
      "[,]",
      "1e999",
      "-1e999",
      "{\"a\"}",
      "\f1",
  };
  for (std::string_view text : bad) {
    auto json = parse_json(text);
    CHECK_MESSAGE(!json.has_value(), std::string(text));
    if (!json) CHECK(json.error().code == Code::bad_request);
  }
  CHECK_FALSE(parse_json(std::string_view("1\0", 2)).has_value());
}

TEST_CASE("json: an error says at which byte") {
  auto json = parse_json("{\"a\":1,}");
  REQUIRE_FALSE(json.has_value());
  CHECK(json.error().text.starts_with("JSON, byte 7: "));
}

TEST_CASE("json: depth and number of values are limited exactly") {
  JsonLimits limits{3, 4};
  CHECK(parse_json("[[[]]]", limits).has_value());
  auto deep = parse_json("[[[[]]]]", limits);
  REQUIRE_FALSE(deep.has_value());
  CHECK(deep.error().code == Code::too_large);
  CHECK(parse_json("{\"a\":1,\"b\":[2]}", limits).has_value());
  auto many = parse_json("{\"a\":1,\"b\":[2,3]}", limits);
  REQUIRE_FALSE(many.has_value());
  CHECK(many.error().code == Code::too_large);
  CHECK(parse_json(std::string(32, '[') + std::string(32, ']')).has_value());
  CHECK_FALSE(parse_json(std::string(33, '[') + std::string(33, ']')).has_value());
  CHECK_FALSE(parse_json(std::string(100'000, '['), {100'000, 100'000}).has_value());
}

TEST_CASE("json: of a repeated key the last value wins in the first one's place") {
  CHECK(write_json(parsed("{\"a\":1,\"b\":2,\"a\":3,\"a\":{\"b\":4,\"b\":5}}")) ==
        "{\"a\":{\"b\":5},\"b\":2}");
  std::string many = "{";
  for (int i = 0; i < 100; ++i)
    many += "\"k" + std::to_string(i % 40) + "\":" + std::to_string(i) + ",";
  many.back() = '}';
  Json json = parsed(many);
  REQUIRE(json.as_object()->size() == 40);
  CHECK(json.as_object()->front().key == "k0");
  CHECK(json.find("k0")->as_int() == 80);
  CHECK(json.find("k39")->as_int() == 79);
}

TEST_CASE("json: a parser that refused a text reads the next one") {
  JsonParser parser;
  for (std::string_view bad : {"[1,2", "{\"key\":\"half", "{\"a\":12x", "[[[[[[", "\"\xff\""}) {
    CHECK_FALSE(parser.parse(bad, {4, 100}).has_value());
    CHECK(parser.parse("{\"a\":[1,\"\\u0041x\"]}") ==
          Json::object({{"a", Json::array({1, "Ax"})}}));
  }
}

TEST_CASE("json: what is written reads back equal, and is written the same again") {
  JsonParser parser;
  CHECK_FOR_ALL(20, 3000, [&](Choose& draw) {
    Json json = draw_json(draw, 4, true);
    std::string text = write_json(json);
    auto again = parser.parse(text, {32, 100'000});
    FAIL_UNLESS(again.has_value(), text);
    FAIL_UNLESS(*again == json, text);
    FAIL_UNLESS(write_json(*again) == text, text);
    return kHolds;
  });
}

TEST_CASE("json: every double reads back as the same bits, and no other text is a number") {
  CHECK_FOR_ALL(21, 20'000, [](Choose& draw) {
    double number = draw_double(draw);
    auto again = parsed(write_json(Json(number))).as_double();
    FAIL_UNLESS(again.has_value(), write_json(Json(number)));
    FAIL_UNLESS(*again == number, write_json(Json(number)));
    return kHolds;
  });
  CHECK(write_json(Json(std::nan(""))) == "null");
  CHECK(write_json(Json(-HUGE_VAL)) == "null");
  CHECK(write_json(Json(0.1)) == "0.1");
  CHECK(write_json(Json(3.0)) == "3");
  CHECK(write_json(Json(-0.0)) == "-0.0");
  CHECK(write_json(parsed("-0e-39516")) == "-0.0");
}

TEST_CASE("json: the writer escapes what must be and mends what is not UTF-8") {
  std::string out;
  JsonWriter(out).value("\"\\/\b\f\n\r\t\x1f\x7f\u20ac");
  CHECK(out == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u001f\x7f\u20ac\"");
  for (std::string_view bad :
       {"\xff", "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    out.clear();
    JsonWriter(out).value("12345678" + std::string(bad) + "z");
    auto read = parse_json(out);
    REQUIRE(read.has_value());
    CHECK(read->as_string()->starts_with("12345678\xef\xbf\xbd"));
    CHECK(read->as_string()->ends_with("\xef\xbf\xbdz"));
  }
  for (std::size_t at = 0; at < 20; ++at) {  // a special byte at each place of a word
    std::string text(20, 'x');
    text[at] = '"';
    CHECK(parsed(write_json(Json(text))) == Json(text));
  }
}

TEST_CASE("json: the streaming writer writes what the value would") {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object()
      .member("op", "echo")
      .member("id", 12345)
      .key("list")
      .begin_array()
      .value(1)
      .value(true);
  writer.value(nullptr).value(0.5).begin_object().end_object().end_array().member("big", ~0ULL);
  writer.key("raw").raw("[1]").member("none", Json()).end_object();
  CHECK(
      out ==
      R"({"op":"echo","id":12345,"list":[1,true,null,0.5,{}],"big":18446744073709551615,"raw":[1],"none":null})");
}

TEST_CASE("json: equality ignores the order of members and the spelling of numbers, nothing else") {
  CHECK(parsed("{\"a\":1,\"b\":2}") == parsed("{\"b\":2.0,\"a\":1e0}"));
  CHECK(parsed("[1,2]") != parsed("[2,1]"));
  CHECK(parsed("{\"a\":1}") != parsed("{\"a\":1,\"b\":2}"));
  CHECK(parsed("{\"a\":1}") != parsed("{\"b\":1}"));
  CHECK(parsed("9007199254740993") != parsed("9007199254740992.0"));
  CHECK(parsed("0") != parsed("false"));
  CHECK(parsed("null") != parsed("{}"));
  CHECK(parsed("\"1\"") != parsed("1"));
}

TEST_CASE("json: accessors answer for their type only") {
  Json json = Json::object({{"n", 5}, {"s", "text"}, {"h", 0.5}});
  CHECK(json.find("n")->as_int() == 5);
  CHECK(json.find("n")->as_double() == 5.0);
  CHECK_FALSE(json.find("h")->as_int());
  CHECK_FALSE(json.find("s")->as_int());
  CHECK(json.text("s") == "text");
  CHECK(json.text("n").empty());
  CHECK(json.find("x") == nullptr);
  CHECK(Json(1).find("x") == nullptr);
  json.set("n", 6);
  json.set("x", Json::array());
  json.find("x")->push(1);
  CHECK(json.erase("s"));
  CHECK_FALSE(json.erase("s"));
  CHECK(write_json(json) == "{\"n\":6,\"h\":0.5,\"x\":[1]}");
}

TEST_CASE("merge patch: the examples of RFC 7396 appendix A") {
  const std::string_view rows[][3] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", R"(null)", R"(null)"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const auto& [original, patch, result] : rows) {
    Json target = parsed(original);
    merge_patch(target, parsed(patch));
    CHECK_MESSAGE(target == parsed(result), std::string(patch));
  }
}

TEST_CASE(
    "merge patch: the difference applied to the old value makes the new one, and no part of it is "
    "spare") {
  int checked = 0;
  CHECK_FOR_ALL(22, 6000, [&](Choose& draw) {
    Json from = draw_json(draw, 4, false);
    Json to = draw_json(draw, 4, false);
    Json diff = merge_diff(from, to);
    Json made = from;
    merge_patch(made, diff);
    auto said = [&] { return write_json(from) + " -> " + write_json(to) + " by "; };
    FAIL_UNLESS(made == to, said() + write_json(diff));
    if (from.as_object() && to.as_object()) FAIL_UNLESS(merge_diff(to, to) == Json::object());
    std::vector<Json> smaller;
    if (from.as_object() && to.as_object()) each_without_one(diff, smaller);
    for (const Json& patch : smaller) {
      Json missed = from;
      merge_patch(missed, patch);
      FAIL_UNLESS(missed != to, said() + write_json(patch));
      ++checked;
    }
    return kHolds;
  });
  CHECK(checked > 100);
}
