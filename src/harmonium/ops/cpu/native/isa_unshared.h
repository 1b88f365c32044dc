// For instruction sets with an instruction for dot products: nothing is gained there by what several tokens share, and a
// tile has kTile tokens at the most. These are never called.
constexpr int kWide = kTile, kWideFrom = kTile + 1;
constexpr bool kHalves4 = false;
constexpr int kShared4 = kTile + 1, kShared8 = kTile + 1;
template <int R, int C>
void products4(const vb (*)[8], const int8_t *, const int32_t *, vi (&)[R][C]);
struct Words8 { const uint8_t *p; };
struct Wide8 { const vb *first; };
void decode8(const uint8_t *, vb *);
template <int C, class Weights>
void products8(Weights, const int16_t *, vi (&)[2][C]);
