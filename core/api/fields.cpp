#include "core/api/fields.hpp"

#include "core/base/nearest.hpp"
#include "core/base/utf8.hpp"

namespace tutti::api {

std::string Place::text() const {
  std::string before = up ? up->text() : std::string();
  if (name.empty()) return before + "[" + std::to_string(index) + "]";
  return before.empty() ? std::string(name) : before + "." + std::string(name);
}

namespace detail {
namespace {

// Short, for an error: the value itself where it fits, else its type.
std::string shown(const Json& json) {
  constexpr std::size_t kShort = 40;
  if (json.as_array() || json.as_object()) return json.as_array() ? "an array" : "an object";
  if (json.as_string() && json.as_string()->size() > kShort) return "a string";
  return write_json(json);
}

std::string number_text(double number) { return write_json(Json(number)); }

std::string range_text(const Doc& doc) {
  if (doc.min && doc.max)
    return "a number from " + number_text(*doc.min) + " to " + number_text(*doc.max);
  return doc.min ? "at least " + number_text(*doc.min) : "at most " + number_text(*doc.max);
}

}  // namespace

Error expected(const Place& place, std::string_view what, const Json& got) {
  return {Code::bad_request,
          place.text() + ": expected " + std::string(what) + ", got " + shown(got)};
}

Checked check_number(double value, const Doc& doc, const Place& place, const Json& got) {
  if ((doc.min && value < *doc.min) || (doc.max && value > *doc.max))
    return expected(place, range_text(doc), got);
  return std::nullopt;
}

Checked check_text(const std::string& text, const Doc& doc, const Place& place) {
  if (doc.max_length == 0 || utf8_length(text) <= doc.max_length) return std::nullopt;
  return Error{Code::bad_request, place.text() + ": expected at most " +
                                      std::to_string(doc.max_length) + " characters, got " +
                                      std::to_string(utf8_length(text))};
}

Checked check_items(const Json& json, const Doc& doc, const Place& place) {
  const JsonArray* items = json.as_array();
  if (!items) return expected(place, "an array", json);
  if (doc.max_items == 0 || items->size() <= doc.max_items) return std::nullopt;
  return Error{Code::bad_request, place.text() + ": expected at most " +
                                      std::to_string(doc.max_items) + " items, got " +
                                      std::to_string(items->size())};
}

Error unknown_name(const Place& place, std::span<const std::string_view> known, const Json& got) {
  std::string list;
  for (std::string_view name : known) list += (list.empty() ? "" : ", ") + std::string(name);
  Error error = expected(place, "one of " + list, got);
  std::string_view near = got.as_string() ? nearest(*got.as_string(), known) : std::string_view();
  if (!near.empty()) error.hint = "did you mean " + std::string(near) + "?";
  return error;
}

Json number_schema(std::string_view type, std::optional<double> low, std::optional<double> high,
                   const Doc& doc) {
  Json schema = Json::object({{"type", type}});
  if (doc.min && (!low || *doc.min > *low)) low = doc.min;
  if (doc.max && (!high || *doc.max < *high)) high = doc.max;
  if (low) schema.add("minimum", *low);
  if (high) schema.add("maximum", *high);
  return schema;
}

Json string_schema(const Doc& doc) {
  Json schema = Json::object({{"type", "string"}});
  if (doc.max_length > 0) schema.add("maxLength", doc.max_length);
  return schema;
}

Json array_schema(Json items, const Doc& doc) {
  Json schema = Json::object({{"type", "array"}, {"items", std::move(items)}});
  if (doc.max_items > 0) schema.add("maxItems", doc.max_items);
  return schema;
}

Json enum_schema(std::span<const std::string_view> names) {
  JsonArray values;
  for (std::string_view name : names) values.emplace_back(name);
  return Json::object({{"type", "string"}, {"enum", std::move(values)}});
}

void describe(Json& schema, const Doc& doc) {
  if (!doc.text.empty()) schema.set("description", doc.text);
}

}  // namespace detail
}  // namespace tutti::api
