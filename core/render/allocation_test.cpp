// Guards: the audio path takes no memory once it is warm. How: every operator new of this program
// is counted; a variant that makes its slice anew each time must be seen.
#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

#include "core/render/render_test_kit.hpp"

namespace {

std::size_t g_taken = 0;

void* take(std::size_t size) {
  ++g_taken;
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return take(size); }
void* operator new[](std::size_t size) { return take(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

using namespace tutti;
using namespace tutti::render;
using namespace tutti::render::test;

TEST_CASE("render: a warm stream takes no memory for a slice, resampled or not") {
  Shelf shelf{{"a", {.samples = noise(1, 2 * 44'100 * 20)}}};
  for (int rate : {44'100, 48'000}) {
    auto render = Render::create({rate, 2}, opener(shelf));
    TrackRef track = ref("a");
    track.loudness.track_lufs = -12;
    std::vector<Command> start{SetLevelling{LevelBy::track, -18}, Start{track, {}}};
    Slice slice;
    (*render)->run({start, (*render)->max_frames()}, slice);
    for (int i = 0; i < 20; ++i) (*render)->run({{}, (*render)->max_frames()}, slice);
    std::size_t before = g_taken;
    for (int i = 0; i < 100; ++i) (*render)->run({{}, (*render)->max_frames()}, slice);
    CHECK(g_taken == before);
    CHECK(slice.frames == (*render)->max_frames());
    (void)(*render)->run({{}, 100});  // the wrong variant: a slice of its own
    CHECK(g_taken > before);
  }
}
