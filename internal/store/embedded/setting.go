package embedded

import "github.com/socle-sante/socle/internal/domain/dmp"

// Setting implements dmp.Reader.
func (r *reader) Setting(kind, id string) ([]byte, error) {
	var data []byte
	err := r.c.one("SELECT data FROM setting WHERE kind = ? AND id = ?", []any{kind, id}, &data)
	return data, err
}

// Settings implements dmp.Reader.
func (r *reader) Settings(kind, prefix, after string, limit int) ([]dmp.Setting, error) {
	if limit <= 0 || limit > maxRows {
		limit = maxRows
	}
	var list []dmp.Setting
	err := r.c.each("SELECT id, data FROM setting WHERE kind = ? AND id > ? AND substr(id, 1, ?) = ? AND id >= ? ORDER BY id LIMIT ?",
		[]any{kind, after, len([]rune(prefix)), prefix, prefix, limit}, func(row []any) error {
			var s dmp.Setting
			err := scan(row, &s.ID, &s.Data)
			list = append(list, s)
			return err
		})
	return list, err
}

// PutSetting implements dmp.Tx.
func (t *tx) PutSetting(kind, id string, data []byte) error {
	if data == nil {
		return t.run("DELETE FROM setting WHERE kind = ? AND id = ?", kind, id)
	}
	return t.run("INSERT INTO setting (kind, id, data) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data", kind, id, data)
}
