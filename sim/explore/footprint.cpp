#include "sim/explore/footprint.hpp"

#include <fmt/format.h>

namespace tutti::explore {
namespace {

constexpr std::uint64_t kNumbered = 1ULL << 32;  // above any offset
constexpr std::uint64_t kFresh = 1ULL << 40;     // above any number

}  // namespace

bool Footprint::conflicts(const Footprint& other) const {
  for (const Access& a : accesses) {
    for (const Access& b : other.accesses) {
      if (a.place == b.place && (a.write || b.write)) return true;
    }
  }
  return false;
}

bool Footprint::add(Access access) {
  for (Access& known : accesses) {
    if (known.place != access.place) continue;
    if (known.write || !access.write) return false;
    return known.write = true;
  }
  accesses.push_back(access);
  return true;
}

bool Footprint::merge(const Footprint& other) {
  bool grew = false;
  for (const Access& access : other.accesses) grew = add(access) || grew;
  return grew;
}

Footprints::Footprints() : outer_(detail::recording) { detail::recording = this; }
Footprints::~Footprints() { detail::recording = outer_; }

void Footprints::start_run() {
  on_ = false;
  numbers_.clear();
  fresh_.clear();
  names_.clear();
  first_ = nullptr;
  size_ = 0;
}

void Footprints::begin(const Model& model) {
  auto [first, size] = model.extent();
  first_ = static_cast<const char*>(first);
  size_ = size;
  current_.accesses.clear();
  on_ = true;
}

const Footprint& Footprints::end() {
  on_ = false;
  for (const void* object : fresh_) numbers_.try_emplace(object, kNumbered + numbers_.size());
  fresh_.clear();
  return current_;
}

std::uint64_t Footprints::number_of(const void* object) {
  auto offset = static_cast<const char*>(object) - first_;
  if (offset >= 0 && static_cast<std::size_t>(offset) < size_)
    return static_cast<std::uint64_t>(offset);
  auto known = numbers_.find(object);
  if (known != numbers_.end()) return known->second;
  fresh_.push_back(object);
  return kFresh;
}

void Footprints::touch(const void* object, std::uint64_t key, bool write) {
  if (!on_) return;
  std::uint64_t number = number_of(object);
  std::uint64_t place = key == 0 ? number : hash_mix(number * 0x9e3779b97f4a7c15ULL + key);
  current_.add({place, write});
  auto name = names_.find(object);
  if (name == names_.end()) return;
  std::string text = name->second;
  if (key != 0 && key != Recorder::kWhole) text += fmt::format("[{}]", key);
  places_.insert_or_assign(place, std::move(text));
}

void Footprints::name(const void* object, std::string_view name) {
  names_.try_emplace(object, name);
  // What is named while the model is made is known from the start, in the same order in each run.
  if (!on_ && size_ == 0) numbers_.try_emplace(object, kNumbered + numbers_.size());
}

std::string Footprints::name_of(std::uint64_t place) const {
  auto name = places_.find(place);
  return name != places_.end() ? name->second : std::string();
}

}  // namespace tutti::explore
