import { BPF_OBJ_NAME_LEN } from '../../uapi/bpf.ts';

/** bpf_obj_name_cpy(): letters (of Latin-1), digits, '_' and '.', with its NUL in BPF_OBJ_NAME_LEN bytes. */
export const validName = (name: string): boolean =>
  name.length < BPF_OBJ_NAME_LEN && /^[A-Za-z0-9_.\xc0-\xd6\xd8-\xf6\xf8-\xff]*$/.test(name);
