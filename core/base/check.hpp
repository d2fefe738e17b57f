#pragma once
// Bugs, as opposed to errors: a broken invariant prints what, where, and ends the program, also in
// release. Bad input is never a bug; it is an Error (result.hpp).

#include <cstdint>
#include <string_view>

namespace tutti {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

// Called first when an invariant is broken, and may throw: so the explorer turns a bug into a trace
// instead of ending. Null, as always in the server: print and abort.
using BugHook = void (*)(const char* expression, const char* file, int line);
void set_bug_hook(BugHook hook);

// FNV-1a, 32 bits (Fowler, Noll, Vo): names a guard at compile time.
constexpr std::uint32_t guard_hash(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
  return hash;
}

#ifdef TUTTI_MUTANTS
// The guard that is switched off, 0 for none. Exists in the archive `mutants` only.
extern std::uint32_t g_mutant;
// Notes that the guard was evaluated, so that a mutant nobody reached can be told from one nobody
// caught.
bool mutant_is(std::uint32_t guard);
#endif

}  // namespace tutti

#define INVARIANT(expr) \
  (static_cast<bool>(expr) ? void(0) : ::tutti::check_failed(#expr, __FILE__, __LINE__))

// A check that prevents a race. In the shipped archive it is exactly (expr); in the archive
// `mutants` the explorer can switch each one off by name and must notice.
#ifdef TUTTI_MUTANTS
#define GUARD(name, expr) (::tutti::mutant_is(::tutti::guard_hash(name)) || (expr))
#else
#define GUARD(name, expr) (expr)
#endif
