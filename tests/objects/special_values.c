/* Locks that may fail, work queues, task work, trees, lists and per-CPU objects: calls that only typed values allow. */
#include "common.h"

#define bool _Bool
#define __ksym __attribute__((section(".ksyms")))
#define container_of(p, t, m) ((t *)((void *)(p) - __builtin_offsetof(t, m)))
#define bpf_core_type_id_local(t) __builtin_btf_type_id(*(t *)0, 0)

struct bpf_res_spin_lock { __u32 val; };
struct bpf_wq { __u64 opaque[2]; };
struct bpf_task_work { __u64 opaque; };
struct bpf_rb_root { __u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_rb_node { __u64 opaque[4]; } __attribute__((aligned(8)));
struct bpf_list_head { __u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_node { __u64 opaque[3]; } __attribute__((aligned(8)));
struct bpf_map { int unused; };
struct task_struct { int unused; };

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *) __ksym;
extern int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *, unsigned long *) __ksym;
extern void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *, unsigned long *) __ksym;
extern void bpf_local_irq_save(unsigned long *) __ksym;
extern void bpf_local_irq_restore(unsigned long *) __ksym;
extern int bpf_wq_init(struct bpf_wq *, void *, unsigned) __ksym;
extern int bpf_wq_start(struct bpf_wq *, unsigned) __ksym;
extern int bpf_wq_set_callback_impl(struct bpf_wq *, int (*)(void *, int *, void *), unsigned, void *) __ksym;
#define bpf_wq_set_callback(a,b,c) bpf_wq_set_callback_impl(a,b,c,0)
extern int bpf_task_work_schedule_signal_impl(struct task_struct *, struct bpf_task_work *, void *, int (*)(struct bpf_map *, void *, void *), void *) __ksym;
extern int bpf_task_work_schedule_resume_impl(struct task_struct *, struct bpf_task_work *, void *, int (*)(struct bpf_map *, void *, void *), void *) __ksym;
extern void *bpf_obj_new_impl(unsigned long, void *) __ksym;
extern void bpf_obj_drop_impl(void *, void *) __ksym;
extern void *bpf_percpu_obj_new_impl(unsigned long, void *) __ksym;
extern void bpf_percpu_obj_drop_impl(void *, void *) __ksym;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *, struct bpf_rb_node *, bool (*)(struct bpf_rb_node *, const struct bpf_rb_node *), void *, unsigned long) __ksym;
extern struct bpf_rb_node *bpf_rbtree_root(struct bpf_rb_root *) __ksym;
extern struct bpf_rb_node *bpf_rbtree_left(struct bpf_rb_root *, struct bpf_rb_node *) __ksym;
extern struct bpf_rb_node *bpf_rbtree_right(struct bpf_rb_root *, struct bpf_rb_node *) __ksym;
extern int bpf_list_push_back_impl(struct bpf_list_head *, struct bpf_list_node *, void *, unsigned long) __ksym;
extern struct bpf_list_node *bpf_list_front(struct bpf_list_head *) __ksym;
extern struct bpf_list_node *bpf_list_back(struct bpf_list_head *) __ksym;
struct val { struct bpf_res_spin_lock l; int x; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, int); __type(value, struct val); } m SEC(".maps");
struct tv { struct bpf_wq w; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, int); __type(value, struct tv); } wqm SEC(".maps");
struct kv { struct bpf_task_work tw; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, int); __type(value, struct kv); } twm SEC(".maps");
struct nod_a { struct bpf_rb_node n; int k; };
struct lnode { struct bpf_list_node ln; int k; };
#define __contains(name, node) __attribute__((btf_decl_tag("contains:" #name ":" #node)))
#define private(name) SEC(".data." #name) __attribute__((aligned(8)))
private(A) struct bpf_spin_lock gl;
private(A) struct bpf_rb_root root __contains(nod_a, n);
private(B) struct bpf_spin_lock hl;
private(B) struct bpf_list_head head __contains(lnode, ln);
#define V() ({ int k=0; struct val *v = bpf_map_lookup_elem(&m,&k); if(!v) return 0; v; })
SEC("tc")
int res_ok(struct __sk_buff *c)
{
	struct val *v=V();
	if (bpf_res_spin_lock(&v->l)) return 0;
	v->x=1;
	bpf_res_spin_unlock(&v->l);
	return 0;
}

SEC("tc")
int res_unchecked(struct __sk_buff *c)
{
	struct val *v=V();
	bpf_res_spin_lock(&v->l);
	v->x=1;
	bpf_res_spin_unlock(&v->l);
	return 0;
}

SEC("tc")
int res_aa(struct __sk_buff *c)
{
	struct val *v=V();
	if (bpf_res_spin_lock(&v->l)) return 0;
	if (!bpf_res_spin_lock(&v->l)) bpf_res_spin_unlock(&v->l);
	bpf_res_spin_unlock(&v->l);
	return 0;
}

SEC("tc")
int res_two(struct __sk_buff *c)
{
	struct val *v=V();
	int k=1;
	struct val *w=bpf_map_lookup_elem(&m,&k);
	if(!w) return 0;
	if (bpf_res_spin_lock(&v->l)) return 0;
	if (!bpf_res_spin_lock(&w->l)) bpf_res_spin_unlock(&w->l);
	bpf_res_spin_unlock(&v->l);
	return 0;
}

SEC("tc")
int res_order(struct __sk_buff *c)
{
	struct val *v=V();
	int k=1;
	struct val *w=bpf_map_lookup_elem(&m,&k);
	if(!w) return 0;
	if (bpf_res_spin_lock(&v->l)) return 0;
	if (!bpf_res_spin_lock(&w->l)) {
		bpf_res_spin_unlock(&v->l);
		bpf_res_spin_unlock(&w->l);
		return 0;
	}
	bpf_res_spin_unlock(&v->l);
	return 0;
}

SEC("tc")
int res_irq(struct __sk_buff *c)
{
	struct val *v=V();
	unsigned long f;
	if (bpf_res_spin_lock_irqsave(&v->l,&f)) return 0;
	v->x=1;
	bpf_res_spin_unlock_irqrestore(&v->l,&f);
	return 0;
}

SEC("tc")
int res_irq_mixed(struct __sk_buff *c)
{
	struct val *v=V();
	unsigned long f;
	if (bpf_res_spin_lock_irqsave(&v->l,&f)) return 0;
	v->x=1;
	bpf_local_irq_restore(&f);
	return 0;
}

SEC("tc")
int res_irq_wrong(struct __sk_buff *c)
{
	struct val *v=V();
	unsigned long f;
	bpf_local_irq_save(&f);
	if (!bpf_res_spin_lock(&v->l)) bpf_res_spin_unlock_irqrestore(&v->l,&f);
	return 0;
}

SEC("tc")
int res_leak(struct __sk_buff *c)
{
	struct val *v=V();
	if (bpf_res_spin_lock(&v->l)) return 0;
	return 0;
}

SEC("tc")
int res_no(struct __sk_buff *c)
{
	struct val *v=V();
	bpf_res_spin_unlock(&v->l);
	return 0;
}

SEC("tc")
int res_other(struct __sk_buff *c)
{
	struct val *v=V();
	struct val *w=V();
	if (bpf_res_spin_lock(&v->l)) return 0;
	bpf_res_spin_unlock(&w->l);
	return 0;
}

SEC("tc")
int res_helper(struct __sk_buff *c)
{
	struct val *v=V();
	if (bpf_res_spin_lock(&v->l)) return 0;
	bpf_printk("x");
	int k=0;
	bpf_map_lookup_elem(&m,&k);
	bpf_res_spin_unlock(&v->l);
	return 0;
}

static int wcb(void *map, int *key, void *value)
{
	return 0;
}

static int wcb1(void *map, int *key, void *value)
{
	return 1;
}

static int wcbs(void *map, int *key, void *value)
{
	char b[8];
	bpf_copy_from_user(b,8,0);
	return 0;
}

#define WQ(name,cb,S) SEC(S) int name(void *c){ int k=0; struct tv *v=bpf_map_lookup_elem(&wqm,&k); if(!v) return 0; if(bpf_wq_init(&v->w,&wqm,0)) return 0; bpf_wq_set_callback(&v->w,cb,0); bpf_wq_start(&v->w,0); return 0; }
WQ(wq_ok,wcb,"tc") WQ(wq_ret1,wcb1,"tc") WQ(wq_sleep,wcbs,"syscall") WQ(wq_sleep_tc,wcbs,"tc")
SEC("tc")
int wq_wrong_map(void *c)
{
	int k=0;
	struct tv *v=bpf_map_lookup_elem(&wqm,&k);
	if(!v) return 0;
	bpf_wq_init(&v->w,&m,0);
	return 0;
}

static int twcb(struct bpf_map *map, void *key, void *value)
{
	return 0;
}

static int twcb5(struct bpf_map *map, void *key, void *value)
{
	return 5;
}

static int twcbs(struct bpf_map *map, void *key, void *value)
{
	char b[8];
	bpf_copy_from_user(b,8,0);
	return 0;
}

#define TW(name,cb,S) SEC(S) int name(void *c){ int k=0; struct kv *v=bpf_map_lookup_elem(&twm,&k); if(!v) return 0; struct task_struct *t=bpf_get_current_task_btf(); bpf_task_work_schedule_signal_impl(t,&v->tw,&twm,cb,0); return 0; }
TW(tw_ok,twcb,"tc") TW(tw_ret5,twcb5,"tc") TW(tw_sleep,twcbs,"syscall") TW(tw_xdp,twcbs,"xdp")
SEC("tc")
int tw_wrong_map(void *c)
{
	int k=0;
	struct kv *v=bpf_map_lookup_elem(&twm,&k);
	if(!v) return 0;
	struct task_struct *t=bpf_get_current_task_btf();
	bpf_task_work_schedule_resume_impl(t,&v->tw,&wqm,twcb,0);
	return 0;
}

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	struct nod_a *x=container_of(a,struct nod_a,n), *y=container_of(b,struct nod_a,n);
	return x->k<y->k;
}

#define bpf_obj_new(t) ((t*)bpf_obj_new_impl(bpf_core_type_id_local(t),0))
#define bpf_obj_drop(p) bpf_obj_drop_impl(p,0)
SEC("tc")
int rb_walk(void *c)
{
	struct nod_a *n=bpf_obj_new(struct nod_a);
	if(!n) return 0;
	n->k=3;
	bpf_spin_lock(&gl);
	bpf_rbtree_add_impl(&root,&n->n,less,0,0);
	struct bpf_rb_node *r=bpf_rbtree_root(&root);
	if(!r) {
		bpf_spin_unlock(&gl);
		return 0;
	}
	struct bpf_rb_node *l=bpf_rbtree_left(&root,r);
	int k=0;
	if(l) k=container_of(l,struct nod_a,n)->k;
	struct bpf_rb_node *q=bpf_rbtree_right(&root,r);
	if(q) k+=container_of(q,struct nod_a,n)->k;
	bpf_spin_unlock(&gl);
	return k;
}

SEC("tc")
int rb_walk_after(void *c)
{
	bpf_spin_lock(&gl);
	struct bpf_rb_node *r=bpf_rbtree_root(&root);
	if(!r) {
		bpf_spin_unlock(&gl);
		return 0;
	}
	bpf_spin_unlock(&gl);
	return container_of(r,struct nod_a,n)->k;
}

SEC("tc")
int rb_unlocked(void *c)
{
	struct bpf_rb_node *r=bpf_rbtree_root(&root);
	return r!=0;
}

SEC("tc")
int list_ends(void *c)
{
	int k=0;
	struct lnode *n=bpf_obj_new(struct lnode);
	if(!n) return 0;
	bpf_spin_lock(&hl);
	bpf_list_push_back_impl(&head,&n->ln,0,0);
	struct bpf_list_node *f=bpf_list_front(&head);
	if(f) k=container_of(f,struct lnode,ln)->k;
	f=bpf_list_back(&head);
	if(f) k+=container_of(f,struct lnode,ln)->k;
	bpf_spin_unlock(&hl);
	return k;
}

SEC("tc")
int list_wrong_lock(void *c)
{
	int k=0;
	bpf_spin_lock(&gl);
	struct bpf_list_node *f=bpf_list_front(&head);
	bpf_spin_unlock(&gl);
	return k;
}

struct pobj { int a; int b; };
#define bpf_percpu_obj_new(t) ((struct t __percpu_kptr *)bpf_percpu_obj_new_impl(bpf_core_type_id_local(struct t),0))
SEC("tc")
int percpu(void *c)
{
	struct pobj *p=bpf_percpu_obj_new_impl(bpf_core_type_id_local(struct pobj),0);
	if(!p) return 0;
	int r=0;
	struct pobj *q=bpf_this_cpu_ptr(p);
	q->a=1;
	q=bpf_per_cpu_ptr(p,0);
	if(q) r=q->b;
	bpf_percpu_obj_drop_impl(p,0);
	return r;
}

SEC("tc")
int percpu_leak(void *c)
{
	struct pobj *p=bpf_percpu_obj_new_impl(bpf_core_type_id_local(struct pobj),0);
	return p!=0;
}

SEC("tc")
int percpu_drop_wrong(void *c)
{
	struct pobj *p=bpf_percpu_obj_new_impl(bpf_core_type_id_local(struct pobj),0);
	if(!p) return 0;
	bpf_obj_drop_impl(p,0);
	return 0;
}

