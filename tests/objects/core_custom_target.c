/* SPDX-License-Identifier: GPL-2.0-only */
/* The types that core_custom.c is relocated against, as another kernel might have them. */
struct part {
	long padding;
	int serial;
	short weights[6];
};

struct ship {
	char name[16];
	struct {
		union {
			long id_was_here;
			struct part hull;
		};
	};
	struct part spares[4];
	struct ship *next;
	long id;
	unsigned before : 7;
	int heading : 9;
	unsigned speed : 11;
	unsigned cargo;
	unsigned char crew;
	int berth;
};

union payload {
	long whole;
	struct {
		char low;
		char middle;
		short high;
	};
};

enum flag { FLAG_RED = 30, FLAG_GREEN = 70 };
enum big { BIG_VALUE = 0x200000001ull };
typedef struct {
	long y;
	int x;
} anonymous_ship;

struct ship fleet = {};
union payload load = {};
enum flag flag = FLAG_RED;
enum big big = BIG_VALUE;
anonymous_ship other = {};
