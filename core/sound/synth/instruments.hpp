#pragma once
// A small orchestra of physical models, from which the demo album is made. Each instrument plays
// one note into a buffer; the same note and seed give the same samples.
//
// Strings: K. Karplus, A. Strong, "Digital Synthesis of Plucked-String and Drum Timbres", Computer
// Music Journal 7(2), 1983, with the extensions of D. Jaffe, J. Smith in the same issue. Bars:
// resonators at the modes that N. Fletcher, T. Rossing, "The Physics of Musical Instruments",
// chapter 19, give. Pipe: the waveguide clarinet of J. Smith, "Efficient simulation of the
// reed-bore and bow-string mechanisms", ICMC 1986. Shaker: P. Cook, "Physically Informed Sonic
// Modeling (PhISM)", Computer Music Journal 21(3), 1997.

#include <cstdint>
#include <span>
#include <vector>

namespace tutti::sound::synth {

enum class Instrument : std::uint8_t {
  guitar,
  harp,
  bass,
  marimba,
  vibraphone,
  kalimba,
  glockenspiel,
  clarinet,
  air,  // a string that is blown on: long, soft tones
  kick,
  brush,
  shaker,
};

struct Note {
  double at = 0;          // seconds
  double length = 1;      // until it is let go; what rings, rings on
  double key = 60;        // MIDI note number, 69 is 440 Hz
  double velocity = 0.7;  // 0 to 1
  Instrument instrument = Instrument::guitar;
  double pan = 0;  // -1 left to 1 right
};

// White noise and small deviations: xorshift64* (Marsaglia 2003, Vigna 2016).
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL | 1) {}
  double next();  // -1 to 1

 private:
  std::uint64_t state_;
};

double key_hz(double key);

// The note's samples at `rate`, mono, from its beginning until it is silent, about full scale 1.
std::vector<float> play(const Note& note, int rate, Noise noise);

}  // namespace tutti::sound::synth
