#include "core/api/operation.hpp"

namespace tutti::api {

std::span<const EnumName<Effect>> names_of(Effect) {
  static constexpr EnumName<Effect> kNames[] = {
      {Effect::reads, "reads"}, {Effect::changes, "changes"}, {Effect::destroys, "destroys"}};
  return kNames;
}

std::span<const EnumName<Method>> names_of(Method) {
  static constexpr EnumName<Method> kNames[] = {{Method::get, "GET"},
                                                {Method::post, "POST"},
                                                {Method::put, "PUT"},
                                                {Method::patch, "PATCH"},
                                                {Method::remove, "DELETE"}};
  return kNames;
}

std::span<const EnumName<Permission>> names_of(Permission) {
  using enum Permission;
  static constexpr EnumName<Permission> kNames[] = {
      {none, "none"}, {play, "play"},     {queue, "queue"}, {volume, "volume"},  {rooms, "rooms"},
      {edit, "edit"}, {manage, "manage"}, {chat, "chat"},   {metrics, "metrics"}};
  return kNames;
}

Result<void> authorise(const Spec& spec, const Caller& caller) {
  if (spec.open || caller.local_operator) return {};
  if (!caller.signed_in())
    return fail(Code::unauthenticated, spec.name + " needs an account", "sign in");
  if (caller.permissions.has(spec.permission)) return {};
  return fail(Code::forbidden,
              spec.name + " needs the permission " + std::string(enum_name(spec.permission)),
              "ask an owner of this server for it");
}

Json error_json(const Error& error) {
  Json inner = Json::object({{"code", name(error.code)}, {"message", error.text}});
  if (!error.hint.empty()) inner.add("hint", error.hint);
  if (error.retry_after_ms > 0) inner.add("retry_after_ms", error.retry_after_ms);
  return Json::object({{"error", std::move(inner)}});
}

}  // namespace tutti::api
