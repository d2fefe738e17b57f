#include "core/api/topic.hpp"

#include "core/wire/session.hpp"

namespace tutti::api {

std::string Topic::whole() const { return wire::state_frame(name_, version_, state_); }

std::optional<std::string> Topic::update(Json next) {
  Json patch = merge_diff(state_, next);
  if (patch.as_object() != nullptr && patch.as_object()->empty()) return std::nullopt;
  state_ = std::move(next);
  ++version_;
  ++head_.value;
  return wire::delta_frame(name_, version_, patch);
}

}  // namespace tutti::api
