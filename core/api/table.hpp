#pragma once
// The table of operations: by name for WebSocket commands and tools, by method and path for REST,
// and as one OpenAPI document. Paths below /api are also served below /api/v1.

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/api/operation.hpp"
#include "core/wire/uri.hpp"

namespace tutti::api {

// An operation and its arguments, from path, query and body together.
struct Route {
  const Operation* operation = nullptr;
  Json args;
};

// Why a request has no route: not_found, bad_method (then `allow` is the Allow field), bad_request,
// too_large.
struct NoRoute {
  Error error;
  std::string allow{};
};

class OperationTable {
 public:
  // A name or a route that is taken, or a placeholder that is no required field of the request, is
  // a bug.
  void add(Operation operation);

  const Operation* find(std::string_view name) const;
  // In the order they were added; addresses stay.
  const std::vector<std::unique_ptr<const Operation>>& all() const { return operations_; }

  // HEAD finds what GET finds. The body is a JSON object or empty. A key may be in several places
  // only with one value; texts of path and query become what the request's schema says ("limit=5"
  // an integer), repeated ones an array.
  std::expected<Route, NoRoute> route(std::string_view method, std::string_view target,
                                      std::string_view body) const;

  // Authorises, then runs.
  static Outcome<Json> call(const Operation& operation, Context& context, const Json& args);
  // By name; unknown_operation suggests the nearest. bad_request: its answer is bytes
  // (Spec::media).
  Outcome<Json> call(std::string_view name, Context& context, const Json& args) const;

 private:
  struct Pattern {
    std::vector<std::string> segments;  // a placeholder is kept without braces
    std::vector<bool> variable;
    Json schema;  // of the request, made once
    bool matches(const std::vector<std::string>& path) const;
  };
  static Pattern pattern(std::string_view path);
  std::vector<std::size_t> best(const std::vector<std::string>& path) const;

  std::vector<std::unique_ptr<const Operation>> operations_;
  std::vector<Pattern> patterns_;  // one per operation
};

// OpenAPI 3.1 of every operation: schemas as components, parameters, security, and the refusals
// each may give.
Json openapi(const OperationTable& table, std::string_view version);

}  // namespace tutti::api
