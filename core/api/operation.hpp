#pragma once
// An operation: what clients can ask for, as one value. REST routes, the OpenAPI document,
// WebSocket commands and the assistant's tools all come from it (table.hpp).

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/api/fields.hpp"
#include "core/base/ids.hpp"
#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace tutti::api {

enum class Effect : std::uint8_t { reads, changes, destroys };
enum class Method : std::uint8_t { get, post, put, patch, remove };
// `none`: any account that is signed in.
enum class Permission : std::uint8_t {
  none,
  play,
  queue,
  volume,
  rooms,
  edit,
  manage,
  chat,
  metrics
};

std::span<const EnumName<Effect>> names_of(Effect);
std::span<const EnumName<Method>> names_of(Method);  // "GET", ..., "DELETE"
std::span<const EnumName<Permission>> names_of(Permission);

// A set of permissions.
class Permissions {
 public:
  constexpr Permissions() = default;
  constexpr Permissions(std::initializer_list<Permission> list) {
    for (Permission p : list) bits_ |= bit(p);
  }
  static constexpr Permissions all() {
    using enum Permission;
    return {play, queue, volume, rooms, edit, manage, chat, metrics};
  }
  constexpr bool has(Permission p) const { return p == Permission::none || (bits_ & bit(p)) != 0; }
  friend constexpr Permissions operator&(Permissions a, Permissions b) {
    return a.bits_ &= b.bits_, a;
  }
  friend constexpr Permissions operator|(Permissions a, Permissions b) {
    return a.bits_ |= b.bits_, a;
  }
  friend constexpr bool operator==(Permissions, Permissions) = default;

 private:
  static constexpr std::uint16_t bit(Permission p) {
    return static_cast<std::uint16_t>(1U << static_cast<int>(p));
  }
  std::uint16_t bits_ = 0;
};

// Who asks.
struct Caller {
  AccountId account{};
  Permissions permissions{};
  bool local_operator =
      false;  // over the Unix socket of the data directory: whoever may write there may do all
  bool signed_in() const { return local_operator || static_cast<bool>(account); }
};

class Services;  // what the house offers to handlers; declared beside the operations that use it
using ReplyToken = Id<struct ReplyTag>;

struct Context {
  const Caller& caller;
  Now now{};
  ReplyToken reply{};            // names the question where the answer comes later
  Services* services = nullptr;  // never null in the house
};

// The handler keeps Context::reply; the answer is given under it later.
struct Pending {
  friend bool operator==(Pending, Pending) = default;
};

// What a handler returns: an answer, an Error (or a whole Result), or Pending.
template <class T>
class Outcome {
 public:
  Outcome(T answer) : state_(std::move(answer)) {}
  Outcome(Error error) : state_(std::move(error)) {}
  Outcome(std::unexpected<Error> error) : state_(std::move(error).error()) {}
  Outcome(Result<T> result) : state_(Pending{}) {
    if (result) {
      state_ = std::move(*result);
    } else {
      state_ = std::move(result).error();
    }
  }
  Outcome(Pending pending) : state_(pending) {}

  const T* answer() const { return std::get_if<T>(&state_); }
  const Error* error() const { return std::get_if<Error>(&state_); }
  bool pending() const { return std::holds_alternative<Pending>(state_); }

 private:
  std::variant<T, Error, Pending> state_;
};

// What is said about an operation beside its types.
struct Spec {
  std::string name;     // "queue.add": what WebSocket commands and tools call it
  std::string summary;  // one sentence
  Method method = Method::get;
  std::string path;  // "/api/queue/{group}"; each placeholder is a required field of the request
  Permission permission = Permission::none;
  Effect effect = Effect::reads;
  bool open = false;    // also without an account: sign-in and first start
  std::string media{};  // "audio/*": the answer is bytes of this type, and over HTTP only
};

struct Operation : Spec {
  Json (*request_schema)() = nullptr;
  Json (*answer_schema)() = nullptr;
  std::function<Outcome<Json>(Context&, const Json& args)> run;
};

// Reads the request, calls the handler, writes its answer. Instantiate in one .cpp per module.
template <class Request, class Answer>
Operation operation(Spec spec, std::function<Outcome<Answer>(Context&, const Request&)> handler) {
  auto run = [handler = std::move(handler)](Context& context, const Json& args) -> Outcome<Json> {
    auto request = read<Request>(args);
    if (!request) return std::move(request).error();
    Outcome<Answer> outcome = handler(context, *request);
    if (const Error* error = outcome.error()) return *error;
    if (outcome.pending()) return Pending{};
    return write(*outcome.answer());
  };
  return Operation{std::move(spec), &schema<Request>, &schema<Answer>, std::move(run)};
}

// The one place where it is decided who may do what. Errors: unauthenticated, forbidden.
Result<void> authorise(const Spec& spec, const Caller& caller);

// {"error":{"code","message","hint"?,"retry_after_ms"?}}: every refusal, over REST.
Json error_json(const Error& error);

}  // namespace tutti::api
