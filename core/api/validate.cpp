#include "core/api/validate.hpp"

#include <algorithm>
#include <array>

#include "core/base/utf8.hpp"

namespace tutti::api {
namespace {

constexpr std::array<std::string_view, 14> kKnown = {
    "type",      "properties", "required", "items", "enum",        "minimum", "maximum",
    "minLength", "maxLength",  "maxItems", "$ref",  "description", "default", "title",
};

struct Check {
  const Json& document;
  int depth = 0;  // of $ref and nesting, against schemas that refer to themselves

  Result<void> value(const Json& schema, const Json& json, const std::string& place);
  Result<void> members(const Json& schema, const Json& json, const std::string& place);
  Result<void> items(const Json& schema, const Json& json, const std::string& place);
};

std::unexpected<Error> wrong(const std::string& place, std::string_view what, const Json& limit) {
  return fail(Code::bad_request, place + ": breaks " + std::string(what) + " " + write_json(limit));
}

bool type_is(std::string_view type, const Json& json) {
  if (type == "integer") return json.as_int().has_value();
  if (type == "number") return json.as_double().has_value();
  return type == name(json.type());
}

Result<void> bounds(const Json& schema, const Json& json, const std::string& place) {
  auto limit = [&](const char* key) {
    return schema.find(key) ? schema.find(key)->as_double() : std::nullopt;
  };
  auto above = [&](const char* key, double size) { return limit(key) && size > *limit(key); };
  auto below = [&](const char* key, double size) { return limit(key) && size < *limit(key); };
  if (auto number = json.as_double()) {
    if (below("minimum", *number)) return wrong(place, "minimum", *schema.find("minimum"));
    if (above("maximum", *number)) return wrong(place, "maximum", *schema.find("maximum"));
  } else if (const std::string* text = json.as_string()) {
    auto length = static_cast<double>(utf8_length(*text));
    if (below("minLength", length)) return wrong(place, "minLength", *schema.find("minLength"));
    if (above("maxLength", length)) return wrong(place, "maxLength", *schema.find("maxLength"));
  } else if (const JsonArray* array = json.as_array()) {
    if (above("maxItems", static_cast<double>(array->size())))
      return wrong(place, "maxItems", *schema.find("maxItems"));
  }
  return {};
}

Result<void> Check::members(const Json& schema, const Json& json, const std::string& place) {
  const Json* required = schema.find("required");
  const JsonArray* names = required ? required->as_array() : nullptr;
  for (std::size_t i = 0; names && i < names->size(); ++i) {
    const std::string* key = (*names)[i].as_string();
    if (!key) return fail(Code::internal, place + ": required holds no strings");
    if (!json.find(*key)) return fail(Code::bad_request, place + "." + *key + ": missing");
  }
  const Json* properties = schema.find("properties");
  for (const JsonMember& member : *json.as_object()) {
    const Json* inner = properties ? properties->find(member.key) : nullptr;
    if (!inner) continue;
    if (auto done = value(*inner, member.value, place + "." + member.key); !done) return done;
  }
  return {};
}

Result<void> Check::items(const Json& schema, const Json& json, const std::string& place) {
  const Json* inner = schema.find("items");
  if (!inner) return {};
  for (std::size_t i = 0; i < json.as_array()->size(); ++i) {
    auto done = value(*inner, (*json.as_array())[i], place + "[" + std::to_string(i) + "]");
    if (!done) return done;
  }
  return {};
}

Result<void> Check::value(const Json& schema, const Json& json, const std::string& place) {
  constexpr int kDeepest = 64;
  if (!schema.as_object() || ++depth > kDeepest)
    return fail(Code::internal, place + ": no usable schema");
  for (const JsonMember& member : *schema.as_object()) {
    bool known = std::find(kKnown.begin(), kKnown.end(), member.key) != kKnown.end();
    if (!known)
      return fail(Code::internal, place + ": schema keyword " + member.key + " is not supported");
  }
  Result<void> done;
  if (const Json* ref = schema.find("$ref")) {
    const Json* target = resolve(document, ref->as_string() ? *ref->as_string() : "");
    if (!target) return fail(Code::internal, place + ": unresolved " + write_json(*ref));
    done = value(*target, json, place);
  }
  const Json* type = schema.find("type");
  if (done && type && !type_is(schema.text("type"), json)) done = wrong(place, "type", *type);
  const Json* names = schema.find("enum");
  const JsonArray* allowed = names ? names->as_array() : nullptr;
  if (done && allowed && std::find(allowed->begin(), allowed->end(), json) == allowed->end()) {
    done = wrong(place, "enum", *names);
  }
  if (done) done = bounds(schema, json, place);
  if (done && json.as_object()) done = members(schema, json, place);
  if (done && json.as_array()) done = items(schema, json, place);
  --depth;
  return done;
}

}  // namespace

const Json* resolve(const Json& document, std::string_view pointer) {
  if (!pointer.starts_with('#')) return nullptr;
  pointer.remove_prefix(1);
  const Json* at = &document;
  while (at && !pointer.empty()) {
    if (!pointer.starts_with('/')) return nullptr;
    pointer.remove_prefix(1);
    std::string_view raw = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(raw.size());
    std::string key;
    for (std::size_t i = 0; i < raw.size(); ++i) {  // RFC 6901: ~1 is '/', ~0 is '~'
      bool escape = raw[i] == '~' && i + 1 < raw.size();
      key += !escape ? raw[i] : raw[++i] == '1' ? '/' : '~';
    }
    at = at->find(key);
  }
  return at;
}

Result<void> validate(const Json& schema, const Json& value, const Json* document) {
  return Check{document ? *document : schema}.value(schema, value, "value");
}

}  // namespace tutti::api
